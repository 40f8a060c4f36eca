// Executions of several runs together: what a run counted, as plain values that a later run can add to its own.
import type { SlotCounts } from '../../engine/observe.js';
import type { ProgramSpec } from '../../object/spec.js';
import { InputError } from '../../support/errors.js';

/** Executions of one program, as `coverage -j` prints them. */
export interface ProgramCounts {
  readonly program: string;
  /** Tells builds of a program apart. */
  readonly code: string;
  /** By slot. */
  readonly executed: readonly number[];
  /** By slot of a conditional branch: how often it was taken. */
  readonly taken: readonly number[];
}

/** An earlier run, as `coverage -j` prints it; whatever else stands there is not looked at. */
export interface EarlierCoverage {
  readonly captures: readonly string[];
  readonly packets: number;
  readonly counts: readonly ProgramCounts[];
}

/** Executions as plain values. */
export function plainCounts(counts: readonly SlotCounts[]): readonly ProgramCounts[] {
  return counts.map(({ program, executed, taken }) => ({
    program: program.name,
    code: codeOf(program),
    executed: [...executed],
    taken: [...taken],
  }));
}

/**
 * Reads what `coverage -j` printed.
 * @throws InputError `coverage-merge` naming the file where it is something else
 */
export function parseEarlier(text: string, path: string): EarlierCoverage {
  const value = jsonOf(text, path);
  if (!isEarlier(value)) throw new InputError('coverage-merge', `${path}: not what coverage -j prints`);
  return value;
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError('coverage-merge', `${path}: not JSON; lcov files are merged by lcov -a`);
  }
}

/**
 * Executions of this run and an earlier one together. Programs that only the earlier run measured are left out: this object does not have
 * them.
 * @throws InputError `coverage-merge` where a program of that name had other code
 */
export function addEarlier(
  counts: readonly SlotCounts[],
  earlier: readonly ProgramCounts[],
  path: string,
): readonly SlotCounts[] {
  const known = new Map(earlier.map(item => [item.program, item]));
  return counts.map(item => {
    const before = known.get(item.program.name);
    if (before === undefined) return item;
    if (before.code !== codeOf(item.program)) {
      throw new InputError('coverage-merge', `${path}: measured another build of ${item.program.name}`);
    }
    return { ...item, executed: sum(item.executed, before.executed), taken: sum(item.taken, before.taken) };
  });
}

function sum(counts: Float64Array, more: readonly number[]): Float64Array {
  return counts.map((count, slot) => count + (more[slot] ?? 0));
}

/** FNV-1a of the instructions, 32 bits in hexadecimal. */
function codeOf({ code }: ProgramSpec): string {
  let hash = 0x811c9dc5;
  for (const byte of code) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function isEarlier(value: unknown): value is EarlierCoverage {
  if (!isRecord(value)) return false;
  const { captures, packets, counts } = value;
  const isTold = Array.isArray(captures) && captures.every(name => typeof name === 'string') && isCount(packets);
  return isTold && Array.isArray(counts) && counts.every(isProgramCounts);
}

function isProgramCounts(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { program, code, executed, taken } = value;
  const isNamed = typeof program === 'string' && typeof code === 'string';
  return isNamed && [executed, taken].every(list => Array.isArray(list) && list.every(isCount));
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
