// One case on one engine: what came of it, and how that differs from what the case says.
import {
  DEFAULT_ENGINE_OPTIONS,
  type Engine,
  type EngineOptions,
  type Result,
  type Session,
} from '../../engine/engine.js';
import { fromHex, toHex } from '../../support/bytes.js';
import { InputError } from '../../support/errors.js';
import type { Case, CaseMap } from './notation.js';
import { type CaseObject, HIGH, LOW, objectOfCase } from './program.js';

/** What an engine made of a case. */
export interface CaseOutcome {
  /** All 64 bits, for the last frame. */
  readonly r0: bigint;
  /** The result for the last frame. */
  readonly result: Result;
  /** Contents of each map afterwards, in hexadecimal. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** What of a case is run. */
export type RunnableCase = CaseObject & Pick<Case, 'packets'>;

/**
 * Runs a case in a session of its own.
 * @throws InputError as the engine's `open` does
 */
export function runCase(
  engine: Engine,
  item: RunnableCase,
  options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
): CaseOutcome {
  const session = engine.open(objectOfCase(item), options);
  try {
    return runOpened(session, item, [LOW, HIGH]);
  } finally {
    session.close();
  }
}

/**
 * Runs a case twice, with its maps as they were at first, by the names of the programs that give the lower and the upper half of r0.
 */
export function runOpened(session: Session, item: RunnableCase, [low, high]: readonly [string, string]): CaseOutcome {
  const lower = runProgram(session, low, item);
  const upper = runProgram(session, high, item);
  const r0 = (BigInt(upper.result.returnValue) << 32n) | BigInt(lower.result.returnValue);
  return { ...lower, r0 };
}

function runProgram(session: Session, program: string, item: RunnableCase): Omit<CaseOutcome, 'r0'> {
  emptyMaps(session, item.maps);
  fillMaps(session, item.maps);
  const results = session.run(program, item.packets.map(packetOf));
  return { result: results.at(-1)!, maps: mapContents(session) };
}

/** Maps as they were created: entries gone where they can be deleted, zero where they cannot. */
function emptyMaps(session: Session, maps: readonly CaseMap[]): void {
  for (const { name, type } of maps) {
    const map = session.maps.get(name);
    if (map === undefined || type === 'prog_array') continue;
    for (const { key, values } of map.entries()) {
      if (map.delete(key) !== 0)
        map.update(
          key,
          values.map(value => new Uint8Array(value.byteLength)),
          0,
        );
    }
  }
}

/** A frame as BPF_PROG_TEST_RUN gives it to a program. */
export function packetOf(bytes: Uint8Array): Parameters<Session['run']>[1][number] {
  return { bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };
}

/** Puts the entries of a case into the maps of its session; programs of program arrays are there already. */
export function fillMaps(session: Session, maps: readonly CaseMap[]): void {
  for (const { name, entries } of maps) {
    for (const [key, value] of entries) {
      if (value.startsWith('program ')) continue;
      const error = session.maps.get(name)?.update(fromHex(key), [fromHex(value)], 0) ?? 0;
      if (error !== 0) throw new InputError('case', `map ${name}[${key}]: the map refuses it: ${error}`);
    }
  }
}

/** Contents of all maps of a session: values of all CPUs one behind the other, by key, in hexadecimal. */
export function mapContents(session: Session): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    [...session.maps].map(([name, map]) => [
      name,
      new Map(map.entries().map(({ key, values }) => [toHex(key), values.map(toHex).join('')])),
    ]),
  );
}

/** What went otherwise than the case says, a line each; of a case that Linux refuses, only what unverified programs do. */
export function differencesFromCase({ expected }: Pick<Case, 'expected'>, outcome: CaseOutcome): string[] {
  const { fault, bytes } = outcome.result;
  const { trap, r0 } = expected;
  if (trap !== undefined) {
    const asExpected = fault?.kind === trap.kind && fault.message.includes(trap.message);
    return asExpected ? [] : [fault === undefined ? 'no trap' : `trap ${fault.kind}: ${fault.message}`];
  }
  if (r0 === undefined) return [];
  if (fault !== undefined) return [`trap ${fault.kind}: ${fault.message} at slot ${fault.slot}`];
  const found = outcome.r0 === r0 ? [] : [`r0 = 0x${outcome.r0.toString(16)}`];
  const after = toHex(bytes);
  if (expected.packet !== undefined && !after.startsWith(expected.packet)) found.push(`packet ${after}`);
  for (const { map, key, value } of expected.entries) {
    const actual = outcome.maps.get(map)?.get(key);
    if (actual !== value) found.push(`map ${map}[${key}] = ${actual ?? 'absent'}`);
  }
  return found;
}
