// What happened to the frames of a run, as counters. Every frame that came in is counted out exactly once.
import { XDP_ACTION_NAMES, type XdpActionName } from '../platform/actions.js';
import { InternalError } from '../support/errors.js';

/** Name of an action, or `invalid` for a return value that is none. */
export type ActionName = XdpActionName | 'invalid';

/** Action names in the order of reports. */
export const ACTION_NAMES: readonly ActionName[] = [...XDP_ACTION_NAMES, 'invalid'];

/** Packets and their bytes as captured. */
export interface Tally {
  packets: number;
  bytes: number;
}

/** Frames that never reached the program, by the stage that dropped them and why. */
export interface StageDrop extends Tally {
  readonly stage: string;
  readonly reason: string;
}

/** The counters of one run. */
export class Accounting {
  readonly received: Tally = { packets: 0, bytes: 0 };
  readonly actions: Readonly<Record<ActionName, Tally>> = {
    XDP_ABORTED: { packets: 0, bytes: 0 },
    XDP_DROP: { packets: 0, bytes: 0 },
    XDP_PASS: { packets: 0, bytes: 0 },
    XDP_TX: { packets: 0, bytes: 0 },
    XDP_REDIRECT: { packets: 0, bytes: 0 },
    invalid: { packets: 0, bytes: 0 },
  };
  readonly drops: StageDrop[] = [];
  /** Packets on which the program trapped; they are among XDP_ABORTED too. */
  faults = 0;
  /** Frames that were longer on the wire than in the capture. */
  cutFrames = 0;
  /** Executed instructions, where the engine counts them. */
  instructions = 0;

  receive(lengthBytes: number): void {
    this.received.packets++;
    this.received.bytes += lengthBytes;
  }

  act(action: ActionName, lengthBytes: number): void {
    const tally = this.actions[action];
    tally.packets++;
    tally.bytes += lengthBytes;
  }

  drop(stage: string, reason: string, lengthBytes: number): void {
    let entry = this.drops.find(item => item.stage === stage && item.reason === reason);
    if (entry === undefined) {
      entry = { stage, reason, packets: 0, bytes: 0 };
      this.drops.push(entry);
    }
    entry.packets++;
    entry.bytes += lengthBytes;
  }

  /** Throws InternalError unless frames in = actions + drops, in packets and in bytes. */
  checkConservation(): void {
    const out = [...Object.values(this.actions), ...this.drops];
    const packets = out.reduce((sum, tally) => sum + tally.packets, 0);
    const bytes = out.reduce((sum, tally) => sum + tally.bytes, 0);
    if (packets === this.received.packets && bytes === this.received.bytes) return;
    throw new InternalError(
      `expected every frame counted once: ${this.received.packets} in (${this.received.bytes} bytes), ${packets} out (${bytes} bytes)`,
    );
  }
}
