// What a timed run takes and gives.
import type { Session } from '../../engine/engine.js';
import type { Fault } from '../../machine/fault.js';
import type { ObjectSpec } from '../../object/spec.js';
import type { Accounting } from '../accounting.js';
import type { RecordSource } from '../count.js';
import type { Mode, NicModel } from '../model.js';
import type { FrameSource, Simulation } from '../simulate.js';
import type { Arrival } from './arrival.js';
import type { TimedReport } from './timed-report.js';

/** What a timed run needs. */
export interface TimedSimulation {
  /** Of an engine that notes ways: `observe: { ways: true }`. */
  readonly session: Session;
  readonly object: ObjectSpec;
  readonly program: string;
  readonly model: NicModel;
  /** Where the program runs; as the card is usually used unless told. */
  readonly mode?: Mode | undefined;
  /** What passes its records on is read many times faster. */
  readonly sources: readonly (FrameSource | RecordSource)[];
  readonly arrival: Arrival;
  /** How often the captures are sent; 1 unless told. */
  readonly loops?: number | undefined;
  /** Queues, each with a core of the host; the model's unless told. */
  readonly queues?: number | undefined;
  readonly receiveDescriptors?: number | undefined;
  /** Both directions of a flow go to one queue. */
  readonly isSymmetric?: boolean | undefined;
  /** Whether the card takes VLAN tags out of frames; as the model says unless told. */
  readonly vlanStripping?: boolean | undefined;
  /** MTU of the interface; the largest at which the card takes the program unless told. */
  readonly mtuBytes?: number | undefined;
  /** Stops after this many frames. */
  readonly maximumPackets?: number | undefined;
  /** As of `simulate`; with it, results are made for each packet, which takes longer. Timestamps are those of arrival in the simulation. */
  readonly onPacket?: Simulation['onPacket'];
  /** As of `simulate`; also told is about how many bytes of captures that took. */
  readonly onProgress?: ((packets: number, bytes: number) => boolean) | undefined;
}

/** What a timed run gives. */
export interface TimedOutcome {
  /** By what the program said, and what was lost before it; conservation has been checked. */
  readonly accounting: Accounting;
  readonly report: TimedReport;
  /** The first trap, undefined where nothing trapped. */
  readonly firstFault: { readonly fault: Fault; readonly packet: number } | undefined;
}
