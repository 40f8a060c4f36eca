// What a spec says, as plain values that know where they are written.
import type { XdpActionName } from '../../platform/actions.js';
import type { SpecNode } from './node.js';

/** A file of cases for one program. */
export interface TestSpec {
  readonly fileName: string;
  /** Path of the object file, relative to the spec's folder. */
  readonly object: string;
  readonly cases: readonly TestCase[];
}

/** A case: it starts with fresh maps. */
export interface TestCase {
  readonly name: string;
  readonly node: SpecNode;
  readonly program: string | undefined;
  readonly globals: SpecNode | undefined;
  readonly seed: number;
  readonly cpus: number;
  readonly instructionBudget: number;
  /** Contents to put into maps, in order. */
  readonly maps: readonly MapContents[];
  readonly steps: readonly TestStep[];
}

/** Entries for a map. */
export interface MapContents {
  readonly map: string;
  readonly node: SpecNode;
  readonly entries: readonly SpecNode[];
}

/** Packets, and what is to become of them. */
export interface TestStep {
  readonly node: SpecNode;
  readonly packets: PacketSource;
  /** How often the packets are given. */
  readonly repeat: number;
  /** Simulated time of the first packet; undefined for soon after the one before. */
  readonly atNanos: bigint | undefined;
  /** Time between repetitions. */
  readonly everyNanos: bigint | undefined;
  readonly queue: number;
  readonly cpu: number;
  readonly ingressIfindex: number;
  readonly expect: Expectation;
}

/** Where packets come from. */
export type PacketSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'capture';
      readonly node: SpecNode;
      /** Relative to the spec's folder. */
      readonly path: string;
      /** 1-based places in the capture, both included. */
      readonly from: number;
      readonly to: number;
      readonly shape: PacketShape;
    };

/** What is cut off a packet or put behind it. */
export interface PacketShape {
  readonly cutToBytes: number | undefined;
  readonly padToBytes: number | undefined;
}

/** What is expected after a step; of several packets, each. What is undefined is not looked at. */
export interface Expectation {
  /** The `expect` of the file; undefined where there is none. */
  readonly node: SpecNode | undefined;
  /** Any of these is fine. */
  readonly verdict: { readonly node: SpecNode; readonly actions: readonly (XdpActionName | 'invalid')[] } | undefined;
  readonly bytes: { readonly node: SpecNode; readonly bytes: Uint8Array | 'unchanged' } | undefined;
  readonly metadata: { readonly node: SpecNode; readonly bytes: Uint8Array } | undefined;
  readonly redirect: SpecNode | undefined;
  readonly events: { readonly node: SpecNode; readonly items: readonly SpecNode[] } | undefined;
  /** A program must not trap unless this is true or a part of the trap's message. */
  readonly traps: { readonly node: SpecNode; readonly text: string | boolean } | undefined;
  readonly maxInstructions: { readonly node: SpecNode; readonly most: number } | undefined;
  /** Packets of the step by verdict, and `packets` and `traps`. */
  readonly counters: readonly { readonly name: string; readonly node: SpecNode; readonly count: number }[];
  readonly maps: readonly MapExpectation[];
}

/** What a map is expected to hold. */
export interface MapExpectation {
  readonly map: string;
  readonly node: SpecNode;
  readonly size: { readonly node: SpecNode; readonly size: number } | undefined;
  readonly entries: readonly EntryExpectation[];
}

/** An entry that is to be there with that value, or is not to be there. */
export interface EntryExpectation {
  readonly node: SpecNode;
  readonly key: SpecNode | undefined;
  readonly value: SpecNode | undefined;
  readonly isAbsent: boolean;
}
