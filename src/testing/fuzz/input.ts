// What a fuzzer gives to a filter: packets, and map entries between them; and a filter that takes it.
import type { EngineOptions, Result, Session } from '../../engine/engine.js';
import { createInterpreter } from '../../engine/interpreter/interpreter.js';
import type { ObserveOptions, SlotCounts } from '../../engine/observe.js';
import type { MapAccess } from '../../machine/map.js';
import type { ObjectSpec } from '../../object/spec.js';

/** A packet to give. */
export interface PacketOperation {
  readonly kind: 'packet';
  readonly bytes: Uint8Array;
  /** Simulated time since the packet before. */
  readonly gapNanos: number;
  readonly ingressIfindex: number;
}

/** A map entry that user space stores. */
export interface EntryOperation {
  readonly kind: 'entry';
  readonly map: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export type Operation = PacketOperation | EntryOperation;

/** What is done one after the other, from fresh maps on; the last is a packet. */
export type FuzzInput = readonly Operation[];

/** A packet soon after the one before it. */
export function packetOperation(bytes: Uint8Array): PacketOperation {
  return { kind: 'packet', bytes, gapNanos: 1000, ingressIfindex: 1 };
}

/** The last packet of an input. */
export function lastPacket(input: FuzzInput): PacketOperation {
  const last = input.at(-1);
  return last?.kind === 'packet' ? last : packetOperation(new Uint8Array(14));
}

/** A filter to be fuzzed. */
export interface FuzzTarget {
  readonly object: ObjectSpec;
  readonly program: string;
  readonly engineOptions: EngineOptions;
  /** Fills the maps of a new session. */
  readonly prepare: (session: Session) => void;
}

/** The clock of a new session. */
const START_NANOS = 1_000_000_000n;

/** A filter with its maps, and what was given to it since they were new. */
export class Execution {
  private readonly target: FuzzTarget;
  private readonly session: Session;
  private nowNanos = START_NANOS;

  constructor(target: FuzzTarget, observe: ObserveOptions = { counts: true }) {
    this.target = target;
    this.session = createInterpreter().open(target.object, { ...target.engineOptions, observe });
    target.prepare(this.session);
  }

  /** What ran so far. */
  get counts(): readonly SlotCounts[] {
    return this.session.counts ?? [];
  }

  get maps(): ReadonlyMap<string, MapAccess> {
    return this.session.maps;
  }

  /** Does one thing; the result of a packet. A map may refuse an entry. */
  apply(operation: Operation): Result | undefined {
    if (operation.kind === 'entry') {
      this.session.maps.get(operation.map)?.update(operation.key, [operation.value], 0);
      return undefined;
    }
    const { bytes, gapNanos, ingressIfindex } = operation;
    this.nowNanos += BigInt(gapNanos);
    const packet = { bytes, timestampNanos: this.nowNanos, queue: 0, cpu: 0, ingressIfindex };
    return this.session.run(this.target.program, [packet])[0];
  }

  close(): void {
    this.session.close();
  }
}

/** Gives the whole input to a fresh filter; the result of its last packet, and what ran. */
export function runFresh(
  target: FuzzTarget,
  input: FuzzInput,
): { readonly result: Result | undefined; readonly counts: readonly SlotCounts[] } {
  const execution = new Execution(target);
  let result: Result | undefined;
  for (const operation of input) result = execution.apply(operation) ?? result;
  const { counts } = execution;
  execution.close();
  return { result, counts };
}
