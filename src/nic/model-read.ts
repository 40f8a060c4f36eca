// The sections of a model file, checked figure by figure against the table of model-fields.ts, as a flat map of paths.
import { ERRNO } from '../platform/errno.js';
import { InputError, unreachable } from '../support/errors.js';
import { nearestName } from '../support/nearest.js';
import { type Field, MODEL_SECTIONS, type ModelValues, RULE_LOGS, type Section } from './model-fields.js';

/** Where a figure comes from. */
export interface Provenance {
  readonly source: string;
  /** There is no primary source: derived, remembered, or taken over from a similar card. */
  readonly isUnverified: boolean;
}

/** A figure with its source. */
export interface Figure extends Provenance {
  readonly value: unknown;
}

/** Figures by path: `section.figure`, in sections of named groups `section.name.figure`. */
export type Figures = Map<string, Figure>;

type Fields = Readonly<Record<string, unknown>>;

const SECTIONS: Readonly<Record<string, Section>> = MODEL_SECTIONS;
const HEAD_KEYS: readonly string[] = ['$schema', 'name', 'title', 'extends', 'abstract'];
const GROUP_KEYS: readonly string[] = ['source', 'unverified'];

/**
 * Reads all sections of a file.
 * @throws InputError `nic-model` for an unknown section or figure, a value of the wrong kind, or a figure without a source
 */
export function readSections(root: Fields, fileName: string): Figures {
  const figures: Figures = new Map();
  for (const [name, value] of Object.entries(root)) {
    if (HEAD_KEYS.includes(name)) continue;
    const section = Object.hasOwn(SECTIONS, name) ? SECTIONS[name] : undefined;
    if (section === undefined)
      throw refused(`${fileName}: ${name}`, `there is no such section${meant(name, Object.keys(SECTIONS))}`);
    const fields = objectAt(value, `${fileName}: ${name}`);
    if (section.named === true) readNamed(section, name, fields, fileName, figures);
    else readGroup(section, name, fields, fileName, figures);
  }
  return figures;
}

function readNamed(section: Section, path: string, groups: Fields, fileName: string, figures: Figures): void {
  for (const [name, value] of Object.entries(groups)) {
    if (!/^[A-Za-z][\w-]*$/.test(name)) throw refused(`${fileName}: ${path}`, `${JSON.stringify(name)} is not a name`);
    const place = `${path}.${name}`;
    readGroup(section, place, objectAt(value, `${fileName}: ${place}`), fileName, figures);
  }
}

/** A group's figures; plain ones have the group's source, the others their own. */
function readGroup(section: Section, path: string, group: Fields, fileName: string, figures: Figures): void {
  checkListed(group, path, fileName);
  for (const [name, value] of Object.entries(group)) {
    if (GROUP_KEYS.includes(name)) continue;
    const place = `${fileName}: ${path}: ${name}`;
    const field = fieldNamed(name, section);
    if (field === undefined) throw refused(place, `there is no such figure${meant(name, namesIn(section))}`);
    const own = ownSource(value, place);
    const source = own?.source ?? group.source;
    if (typeof source !== 'string' || source.trim() === '') throw refused(place, 'no source stands beside it');
    const isUnverified = own?.isUnverified ?? isListed(group.unverified, name, place);
    if (field.required === true && Array.isArray(value) && value.length === 0)
      throw refused(place, 'the list is empty');
    const plain = checked(field, own === undefined ? value : own.value, place);
    checkRange(name, plain, place);
    figures.set(`${path}.${name}`, { value: plain, source, isUnverified });
  }
}

function fieldNamed(name: string, { fields, open, names }: Section): Field | undefined {
  if (open !== undefined) return names?.includes(name.split('.')[0]!) === false ? undefined : open;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function namesIn({ fields, names }: Section): readonly string[] {
  return names ?? Object.keys(fields);
}

/** Fewer names than this are listed where none is like the one that is wrong. */
const FEW = 12;

/** What to write instead, as the end of a sentence; empty where nobody can tell. */
function meant(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `; did you mean ${nearest}?`;
  return names.length < FEW ? `; there are ${names.join(', ')}` : '';
}

/** `unverified` may only name figures that stand beside it. */
function checkListed({ unverified, ...group }: Fields, path: string, fileName: string): void {
  if (!Array.isArray(unverified)) return;
  const wrong = unverified.find(name => typeof name !== 'string' || !Object.hasOwn(group, name));
  if (wrong === undefined) return;
  const figures = Object.keys(group).filter(name => !GROUP_KEYS.includes(name));
  throw refused(
    `${fileName}: ${path}: unverified`,
    `${shown(wrong)} does not stand here${meant(String(wrong), figures)}`,
  );
}

/** A figure that brings its own source: `{ "value": 50, "source": "...", "unverified": true }`. */
function ownSource(value: unknown, place: string): Figure | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('value' in value)) return undefined;
  const fields = value as Fields;
  const { unverified = false } = fields;
  const surplus = Object.keys(fields).find(key => key !== 'value' && !GROUP_KEYS.includes(key));
  if (surplus !== undefined) throw refused(place, `a figure has no ${surplus}`);
  if (typeof fields.source !== 'string' || fields.source.trim() === '')
    throw refused(place, 'no source stands beside it');
  if (typeof unverified !== 'boolean')
    throw refused(place, `unverified: ${shown(unverified)} is neither true nor false`);
  return { value: fields.value, source: fields.source, isUnverified: unverified };
}

/** `unverified` of a group: true for all of its plain figures, or the names of some. */
function isListed(unverified: unknown, name: string, place: string): boolean {
  if (unverified === undefined) return false;
  if (typeof unverified === 'boolean') return unverified;
  if (Array.isArray(unverified)) return unverified.includes(name);
  throw refused(place, `unverified: ${shown(unverified)} is neither true, false nor a list of figures`);
}

function checked(field: Field, value: unknown, place: string): unknown {
  const wanted = wantedKind(field, value);
  if (wanted !== undefined) throw refused(place, `${shown(value)} is not ${wanted}`);
  return value;
}

/** Rates, clocks and numbers of parts: a card without them has none of the figure, not 0. */
const NEVER_ZERO =
  /(PerSecond|Pps|Gbps|Hz|BytesPerCycle)$|^(cores|lanes|receiveQueues|receiveDescriptors|transmitDescriptors|bulkPackets|indirectionEntries|napiBudgetPackets)$/;

/** What is made in memory by number, and the most that is believed. */
const MOST: Readonly<Record<string, number>> = {
  cores: 65_536,
  lanes: 1024,
  receiveQueues: 4096,
  receiveDescriptors: 1 << 20,
  transmitDescriptors: 1 << 20,
  bulkPackets: 4096,
  indirectionEntries: 65_536,
  maximumLengthBytes: 1 << 18,
};

/** Above any figure of a card, so that sums stay exact. */
const MOST_OF_ALL = 1e18;

/** Throws InputError `nic-model` for a number with which nothing can be simulated. */
function checkRange(name: string, value: unknown, place: string): void {
  if (typeof value !== 'number') return;
  if (value === 0 && NEVER_ZERO.test(name)) throw refused(place, '0 is not above 0; leave out what is not known');
  const most = Object.hasOwn(MOST, name) ? MOST[name]! : MOST_OF_ALL;
  if (value > most) throw refused(place, `${value} is above ${most}, the most that can be simulated`);
}

/** What the value should have been; undefined where it is. */
function wantedKind(field: Field, value: unknown): string | undefined {
  switch (field.kind) {
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : 'a whole number from 0';
    case 'number':
      return Number.isFinite(value) && (value as number) >= 0 ? undefined : 'a number from 0';
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'text':
      return isText(value) ? undefined : 'a text that is not empty';
    case 'choice':
      return field.choices.includes(value as string) ? undefined : `one of ${field.choices.join(', ')}`;
    case 'names':
      return isNames(value, field.choices) ? undefined : `a list of ${choicesText(value, field.choices)}`;
    case 'words':
      return isWords(value) ? undefined : 'an object of text, errno and log';
    default:
      return unreachable(field);
  }
}

function choicesText(value: unknown, choices: readonly string[]): string {
  if (choices.length < FEW) return choices.join(', ');
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const wrong = items.find(item => !choices.includes(item as string));
  return wrong === undefined ? 'names' : `known names: ${shown(wrong)} is none${meant(String(wrong), choices)}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isNames(value: unknown, choices: readonly string[]): boolean {
  return Array.isArray(value) && value.every(item => isText(item) && choices.includes(item));
}

function isWords(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { text, errno, log, ...surplus } = value as Fields;
  const isErrno = errno === undefined || (typeof errno === 'string' && Object.hasOwn(ERRNO, errno));
  const isLog = (RULE_LOGS as readonly unknown[]).includes(log);
  return isText(text) && isErrno && isLog && Object.keys(surplus).length === 0;
}

/** Pairs of which the first may not be above the second. */
const ORDERED: readonly (readonly [string, string])[] = [
  ['frame.minimumLengthBytes', 'frame.maximumLengthBytes'],
  ['adjustHead.minimumOffsetBytes', 'adjustHead.maximumOffsetBytes'],
  ['engine.minimumLatencyNanos', 'engine.maximumLatencyNanos'],
  ['cycles.minimumStore', 'cycles.maximumStore'],
];

/** Checks figures against each other. Throws InputError `nic-model`. */
export function checkFigures(figures: Figures, fileName: string): void {
  for (const [low, high] of ORDERED) {
    const [least, most] = [figures.get(low)?.value, figures.get(high)?.value];
    if (typeof least !== 'number' || typeof most !== 'number' || least <= most) continue;
    throw refused(`${fileName}: ${low}`, `${least} is above ${high}, ${most}`);
  }
}

/** Checks that nothing is missing that every model must state. Throws InputError `nic-model`. */
export function checkRequired(figures: Figures, fileName: string): void {
  for (const [name, section] of Object.entries(SECTIONS)) {
    for (const [figure, { required }] of Object.entries(section.fields)) {
      if (required !== true || section.named === true || figures.has(`${name}.${figure}`)) continue;
      throw refused(`${fileName}: ${name}: ${figure}`, 'missing: every model states it, or extends one that does');
    }
  }
}

/** The figures as plain values by section; sections without figures are empty objects. */
export function valuesOf(figures: Figures): ModelValues {
  const values: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(SECTIONS)) values[name] = {};
  for (const [path, { value }] of figures) {
    const [name = '', ...rest] = path.split('.');
    const [group, figure] = SECTIONS[name]?.named === true ? [rest[0], rest[1]] : [undefined, rest.join('.')];
    const section = values[name]!;
    if (group !== undefined) section[group] ??= {};
    const holder = group === undefined ? section : (section[group] as Record<string, unknown>);
    holder[figure!] = value;
  }
  return values as unknown as ModelValues;
}

function objectAt(value: unknown, place: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(place, 'not an object');
  return value as Fields;
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return JSON.stringify(value) ?? 'missing';
}

function refused(place: string, what: string): InputError {
  return new InputError('nic-model', `${place}: ${what}`);
}
