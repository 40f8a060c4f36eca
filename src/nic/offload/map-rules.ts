// Rules on maps: what BPF_MAP_CREATE refuses anyway, what the core lets into a card, and what the card has room for.
import type { MapSpec } from '../../object/spec.js';
import { flagNames, MAP_CREATE_FLAG } from '../../platform/flags.js';
import type { CheckContext } from './check.js';
import type { Verdict } from './collector.js';
import { typeOfMap } from './program.js';

/** Types that the core lets into a card. */
const OFFLOADED_TYPES = ['array', 'hash'];
const ARRAY = 'array';

/**
 * Checks every map of the object, since loaders create them all. What a map that the program does not use breaks is a warning: it keeps the
 * object from being loaded, but not the program.
 */
export function checkMaps(context: CheckContext): void {
  const { program, mode, model } = context;
  const isInCard = mode === 'hw' && model.modes.supported.includes('hw');
  const maps = program.object.maps;
  for (const map of maps) checkCreate(map, verdictFor(map, context), context);
  if (!isInCard) return;
  const inCard: MapSpec[] = [];
  for (const map of maps) {
    if (model.maps.neutralTypes?.includes(typeOfMap(map)) === true) continue;
    if (isRefusedByCore(map, context)) continue;
    checkCard(map, inCard, context);
    inCard.push(map);
  }
  checkDirectValues(context);
}

function verdictFor(map: MapSpec, { program }: CheckContext): Verdict {
  return program.usedMaps.has(map.name) ? 'broken' : 'warning';
}

function checkCreate(map: MapSpec, verdict: Verdict, { program, found }: CheckContext): void {
  const problem = program.mapProblems.get(map.name);
  if (problem === undefined) return;
  found.add(verdict, 'mapCreate', { map: map.name, values: { problem: problem.text }, errno: problem.errno });
}

function isRefusedByCore(map: MapSpec, context: CheckContext): boolean {
  const type = typeOfMap(map);
  if (context.model.driver.isLinux !== true || OFFLOADED_TYPES.includes(type)) return false;
  context.found.add(verdictFor(map, context), 'mapTypeCore', { map: map.name, values: { type } });
  return true;
}

/** The card's rules, in the driver's order; `others` are the maps created before. */
function checkCard(map: MapSpec, others: readonly MapSpec[], context: CheckContext): void {
  const { model, found } = context;
  const { maps } = model;
  const verdict = verdictFor(map, context);
  const refuse = (rule: Parameters<typeof found.add>[1], values: Record<string, string | number>, figure: string) =>
    found.add(verdict, rule, { map: map.name, values, figures: [`maps.${figure}`] });
  if (maps.types?.length === 0) refuse('mapTypesNone', {}, 'types');
  else if (maps.types?.includes(typeOfMap(map)) === false) {
    refuse('mapType', { type: typeOfMap(map), types: maps.types.join(', ') }, 'types');
  }
  if (maps.flagsAllowed === false && (map.flags !== 0 || map.numaNode !== undefined)) {
    refuse('mapFlags', { flags: flagText(map), dataHint: dataHint(map) }, 'flagsAllowed');
  }
  if (verdict === 'broken') found.rely('maps.types');
  checkRoom(map, others, verdict, context);
  checkSizes(map, verdict, context);
}

function flagText(map: MapSpec): string {
  const names = flagNames(map.flags, MAP_CREATE_FLAG);
  return names.length > 0 ? names.join(' ') : 'a NUMA node';
}

function dataHint({ definition }: MapSpec): string {
  return definition === 'data' || definition === 'kconfig'
    ? ': this map holds global variables, which cannot be offloaded'
    : '';
}

function checkRoom(map: MapSpec, others: readonly MapSpec[], verdict: Verdict, { model, found }: CheckContext): void {
  const { maximumMaps, totalEntries, maximumEntries } = model.maps;
  const taken = others.reduce((sum, other) => sum + other.maxEntries, 0);
  if (maximumMaps !== undefined && others.length >= maximumMaps) {
    const used = others.length + 1;
    found.add(verdict, 'mapCount', {
      map: map.name,
      values: { used, allowed: maximumMaps },
      limit: { name: 'maps', used, allowed: maximumMaps, isEstimate: false },
      figures: ['maps.maximumMaps'],
    });
  }
  if (totalEntries !== undefined) {
    const limit = { name: 'map entries', used: taken + map.maxEntries, allowed: totalEntries, isEstimate: false };
    const left = Math.max(0, totalEntries - taken);
    const item = {
      map: map.name,
      values: { used: map.maxEntries, left, allowed: totalEntries },
      figures: ['maps.totalEntries'],
    };
    note(found, 'mapTotalEntries', limit, verdict, item);
  }
  if (maximumEntries !== undefined) {
    const limit = {
      name: `entries of map ${map.name}`,
      used: map.maxEntries,
      allowed: maximumEntries,
      isEstimate: false,
    };
    note(found, 'mapEntries', limit, verdict, { map: map.name, figures: ['maps.maximumEntries'] });
  }
}

function checkSizes(map: MapSpec, verdict: Verdict, { model, found }: CheckContext): void {
  const { elementBytes, keyBytes, valueBytes, roundingBytes: rounding = 1 } = model.maps;
  const rounded = (bytes: number) => Math.ceil(bytes / rounding) * rounding;
  const element = rounded(map.keySizeBytes) + rounded(map.valueSizeBytes);
  const sizes = [
    ['mapElement', 'bytes per element', element, elementBytes, 'elementBytes'],
    ['mapKey', 'bytes per key', map.keySizeBytes, keyBytes, 'keyBytes'],
    ['mapValue', 'bytes per value', map.valueSizeBytes, valueBytes, 'valueBytes'],
  ] as const;
  for (const [rule, name, used, allowed, figure] of sizes) {
    if (allowed === undefined) continue;
    const limit = { name: `${name} of map ${map.name}`, used, allowed, isEstimate: false };
    note(found, rule, limit, verdict, { map: map.name, values: { rounding }, figures: [`maps.${figure}`] });
  }
}

type Found = CheckContext['found'];

/** A limit of a map that the program uses counts for its budget. */
function note(
  found: Found,
  rule: Parameters<Found['add']>[1],
  limit: Parameters<Found['addLimit']>[1],
  verdict: Verdict,
  item: Parameters<Found['add']>[2],
): void {
  if (verdict === 'broken') found.addLimit(rule, limit, item);
  else if (limit.used > limit.allowed) {
    found.add(verdict, rule, { ...item, limit, values: { used: limit.used, allowed: limit.allowed, ...item?.values } });
  }
}

/** Global variables are addressed directly, which offloaded maps do not allow; the core looks at all code, reached or not. */
function checkDirectValues({ program, model, found }: CheckContext): void {
  if (model.driver.isLinux !== true) return;
  for (const [slot, reference] of program.spec.references) {
    if (reference.kind !== 'mapValue') continue;
    const map = program.mapsByName.get(reference.map);
    if (map === undefined || !OFFLOADED_TYPES.includes(typeOfMap(map))) continue;
    found.add('broken', 'directMapValue', { slot, map: map.name, values: { type: ARRAY } });
  }
}
