// Two engines over the same packets: the first packet, byte or map entry in which they differ.
import type { EngineName, Packet, Result, Session } from '../engine/engine.js';
import type { MapAccess } from '../machine/map.js';
import { actionName } from '../platform/actions.js';
import { mapTypeName } from '../platform/map-types.js';
import { toHex } from '../support/bytes.js';
import { InputError } from '../support/errors.js';

/** What one engine has where another has something else. */
export interface EngineDifference {
  readonly engines: readonly [EngineName, EngineName];
  /** 1-based; null for what is left in a map. */
  readonly packet: number | null;
  /** `action`, `trap`, `bytes at 14`, `map counts[01000000]`... */
  readonly what: string;
  /** What each engine has there. */
  readonly values: readonly [string, string];
  /** The frame that came in, in hexadecimal; null for maps. */
  readonly frame: string | null;
}

/** A session and the engine that it is of. */
export interface NamedSession {
  readonly engine: EngineName;
  readonly session: Session;
  /** The program to run. */
  readonly program: string;
}

/** Runs every batch on all sessions, keeps the results of the first, and notes the first difference to it; others are not looked for. */
export class ComparingSession implements Session {
  readonly maps: Session['maps'];
  /** The first difference; undefined so long as there is none. */
  difference: EngineDifference | undefined;
  private readonly first: NamedSession;
  private readonly others: readonly NamedSession[];
  private packets = 0;

  constructor(first: NamedSession, others: readonly NamedSession[]) {
    this.first = first;
    this.others = others;
    this.maps = first.session.maps;
  }

  run(program: string, packets: readonly Packet[]): readonly Result[] {
    const results = this.first.session.run(program, packets);
    for (const other of this.others) {
      if (this.difference !== undefined) break;
      const theirs = other.session.run(other.program, packets);
      for (const [at, packet] of packets.entries()) {
        this.difference = this.resultDifference(other, results[at]!, theirs[at]!, packet, this.packets + at + 1);
        if (this.difference !== undefined) break;
      }
    }
    this.packets += packets.length;
    return results;
  }

  close(): void {
    for (const { session } of [this.first, ...this.others]) session.close();
  }

  /** The first map entry that differs, where no packet did. To be called after the last packet. */
  mapDifference(): EngineDifference | undefined {
    for (const other of this.others) {
      for (const [name, map] of this.maps) {
        const found = this.entryDifference(other, name, map);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  private resultDifference(
    other: NamedSession,
    a: Result,
    b: Result,
    packet: Packet,
    number: number,
  ): EngineDifference | undefined {
    const found = resultParts(a, b).find(([, left, right]) => left !== right);
    if (found === undefined) return undefined;
    const [what, left, right] = found;
    const place = what === 'bytes' || what === 'metadata' ? placeOf(what, left, right) : undefined;
    return {
      engines: [this.first.engine, other.engine],
      packet: number,
      what: place?.what ?? what,
      values: place?.values ?? [left, right],
      frame: toHex(packet.bytes),
    };
  }

  private entryDifference(other: NamedSession, name: string, map: MapAccess): EngineDifference | undefined {
    const theirs = other.session.maps.get(name);
    if (theirs === undefined || !isComparable(map)) return undefined;
    const [left, right] = [entriesOf(map), entriesOf(theirs)];
    const isKernel = [this.first.engine, other.engine].includes('kernel');
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const values = [left.get(key), right.get(key)].map(value => valueText(value, left, right, isKernel));
      if (values[0] === values[1]) continue;
      return {
        engines: [this.first.engine, other.engine],
        packet: null,
        what: `map ${name}[${key}]`,
        values: [values[0]!, values[1]!],
        frame: null,
      };
    }
    return undefined;
  }
}

/** What results are compared by, in order, as text. */
function resultParts(a: Result, b: Result): readonly (readonly [what: string, left: string, right: string])[] {
  return [
    ['trap', trapText(a), trapText(b)],
    ['action', actionText(a), actionText(b)],
    ['bytes', toHex(a.bytes), toHex(b.bytes)],
    ['metadata', toHex(a.metadata), toHex(b.metadata)],
  ];
}

function trapText({ fault }: Result): string {
  return fault === undefined ? 'none' : `${fault.kind} at instruction ${fault.slot}: ${fault.message}`;
}

function actionText({ returnValue }: Result): string {
  return `${actionName(returnValue)} (${returnValue})`;
}

/** The first byte of two hexadecimal texts that differs, and 16 bytes from there; their lengths where those differ. */
function placeOf(what: string, left: string, right: string): Pick<EngineDifference, 'what' | 'values'> {
  if (left.length !== right.length) {
    return { what: `length of ${what}`, values: [String(left.length / 2), String(right.length / 2)] };
  }
  let at = 0;
  while (left.slice(at, at + 2) === right.slice(at, at + 2)) at += 2;
  return { what: `${what} at ${at / 2}`, values: [left.slice(at, at + 32), right.slice(at, at + 32)] };
}

/** Values of the other types are numbers that each engine gives out as it likes, or nothing that can be listed. */
const COMPARABLE = /^(array|hash|lru_hash|percpu_array|percpu_hash|lru_percpu_hash|lpm_trie|devmap|devmap_hash)$/;

function isComparable({ spec }: MapAccess): boolean {
  return COMPARABLE.test(mapTypeName(spec.type));
}

function entriesOf(map: MapAccess): ReadonlyMap<string, readonly string[]> {
  try {
    return new Map(map.entries().map(({ key, values }) => [toHex(key), values.map(toHex)]));
  } catch (error) {
    if (error instanceof InputError) throw new InputError(error.code, `compare: ${error.message}`);
    throw error;
  }
}

type Entries = ReadonlyMap<string, readonly string[]>;

/** A kernel has a value for each of its CPUs; those are compared that both have. */
function valueText(values: readonly string[] | undefined, left: Entries, right: Entries, isKernel: boolean): string {
  if (values === undefined) return 'absent';
  if (!isKernel) return values.join(' ');
  const counts = [...left.values(), ...right.values()].map(list => list.length);
  return values.slice(0, Math.min(...counts)).join(' ');
}

/** The difference for people, ending in a newline. */
export function engineDifferenceText({ engines, packet, what, values, frame }: EngineDifference): string {
  const width = Math.max(...engines.map(name => name.length));
  const lines = [
    `${packet === null ? 'after the last packet' : `packet ${packet}`}: ${what} differs`,
    ...engines.map((name, at) => `  ${name.padEnd(width)}  ${values[at]}`),
    ...(frame === null ? [] : [`  ${'frame'.padEnd(width)}  ${frame}`]),
  ];
  return `${lines.join('\n')}\n`;
}
