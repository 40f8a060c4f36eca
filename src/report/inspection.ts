// What `inspect` answers: the contents of an object, as a value and as text.
import type { MapSpec, ObjectSpec, ProgramSpec } from '../object/spec.js';
import { flagNames, MAP_CREATE_FLAG } from '../platform/flags.js';
import { mapTypeName } from '../platform/map-types.js';
import { callsOf } from './calls.js';
import { textTable } from './table.js';

/** The value that `inspect -j` prints for one object. */
export function inspectionJson(object: ObjectSpec, programs: readonly ProgramSpec[]): object {
  return {
    object: object.fileName,
    byteOrder: object.byteOrder,
    license: object.license,
    programs: [
      ...programs.map(program => programJson(program, object.license)),
      ...object.otherPrograms.map(({ name, section, type, instructions, reason }) => ({
        name,
        section,
        type,
        instructions,
        license: object.license,
        reason,
      })),
    ],
    maps: object.maps.map(mapJson),
    relocations: object.relocations,
    btfTypes: object.btf?.typeCount ?? 0,
    warnings: object.warnings,
  };
}

function programJson(program: ProgramSpec, license: string): object {
  return {
    name: program.name,
    section: program.section,
    type: 'xdp',
    instructions: program.code.byteLength / 8,
    license,
    attach: program.attachPoint,
    fragments: program.hasFragments,
    autoload: program.autoload,
    functions: program.functions.map(({ name, slot, slots, linkage }) => ({ name, slot, slots, linkage })),
    calls: callsOf(program),
  };
}

function mapJson(map: MapSpec): object {
  return {
    name: map.name,
    type: mapTypeName(map.type),
    keySize: map.keySizeBytes,
    valueSize: map.valueSizeBytes,
    maxEntries: map.maxEntries,
    flags: map.flags,
    section: map.section,
    definition: map.definition,
    ...(map.extra !== 0n && { extra: String(map.extra) }),
    ...(map.numaNode !== undefined && { numaNode: map.numaNode }),
    ...(map.pinning !== 'none' && { pinning: map.pinning }),
    ...(map.isFrozen && { frozen: true }),
    ...(map.inner !== undefined && { inner: mapJson(map.inner) }),
    ...(map.slots.length > 0 && { slots: map.slots }),
  };
}

/** Only what relocations became, CO-RE ones included, for people. */
export function relocationsText(object: ObjectSpec): string {
  return `${relocationTable(object) || `${object.fileName}: no relocations`}\n`;
}

/** The same for people. */
export function inspectionText(object: ObjectSpec, programs: readonly ProgramSpec[]): string {
  const blocks = [
    heading(object),
    programTable(object, programs),
    callTable(programs),
    mapTable(object),
    relocationTable(object),
    object.warnings.map(warning => `warning: ${warning}`).join('\n'),
  ];
  return `${blocks.filter(block => block !== '').join('\n\n')}\n`;
}

function heading(object: ObjectSpec): string {
  const btf = object.btf === undefined ? 'no BTF' : `BTF with ${object.btf.typeCount} types`;
  const license = object.license === '' ? 'no licence' : `licence ${object.license}`;
  return `${object.fileName}: ${object.byteOrder}-endian, ${license}, ${btf}`;
}

function programTable(object: ObjectSpec, programs: readonly ProgramSpec[]): string {
  const rows = [
    ...programs.map(program => [
      program.name,
      program.section,
      'xdp',
      String(program.code.byteLength / 8),
      String(program.functions.length - 1),
    ]),
    ...object.otherPrograms.map(other => [other.name, other.section, other.type, String(other.instructions), '']),
  ];
  if (rows.length === 0) return 'no programs';
  return textTable(['program', 'section', 'type', 'instructions', 'subprograms'], rows, '<<<>>');
}

/** What the programs ask of the kernel, and what becomes of it here. */
function callTable(programs: readonly ProgramSpec[]): string {
  const calls = new Map(programs.flatMap(callsOf).map(call => [call.name, call]));
  if (calls.size === 0) return '';
  const rows = [...calls.values()].map(({ name, simulation, note }) => [
    name,
    [simulation, note].filter(Boolean).join(': '),
  ]);
  return textTable(['calls', 'simulated'], rows, '<<');
}

function mapTable(object: ObjectSpec): string {
  if (object.maps.length === 0) return '';
  const rows = object.maps.map(map => [
    map.name,
    mapTypeName(map.type),
    String(map.keySizeBytes),
    String(map.valueSizeBytes),
    String(map.maxEntries),
    flagNames(map.flags, MAP_CREATE_FLAG).join(' '),
  ]);
  return textTable(['map', 'type', 'key', 'value', 'entries', 'flags'], rows, '<<>>><');
}

function relocationTable(object: ObjectSpec): string {
  if (object.relocations.length === 0) return '';
  const rows = object.relocations.map(item => [
    `${item.section}+${item.offsetBytes}`,
    item.type,
    item.symbol,
    item.result,
  ]);
  return textTable(['relocation', 'type', 'symbol', 'becomes'], rows, '<<<<');
}
