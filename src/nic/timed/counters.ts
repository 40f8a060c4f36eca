// Counters under the names of the driver's `ethtool -S`, as the model lists them.
import type { ActionName } from '../accounting.js';
import type { NicModel } from '../model.js';
import type { Loss } from './pipeline.js';

/** What is counted. */
export interface CountedFrames {
  readonly received: number;
  readonly receivedBytes: number;
  readonly losses: Readonly<Record<Loss | 'length', number>>;
  readonly actions: Readonly<Record<ActionName, number>>;
}

/** The counters that the model names; several things may go by one name and are added up. */
export function driverCounters({ counters }: NicModel, counted: CountedFrames): Readonly<Record<string, number>> {
  const { losses, actions } = counted;
  const rows: readonly (readonly [string | undefined, number])[] = [
    [counters.received, counted.received],
    [counters.receivedBytes, counted.receivedBytes],
    [counters.macDrop, losses.macFull],
    [counters.oversize, losses.length],
    [counters.ringDrop, losses.ringFull],
    [counters.aborted, actions.XDP_ABORTED],
    [counters.drop, actions.XDP_DROP],
    [counters.pass, actions.XDP_PASS],
    [counters.transmit, actions.XDP_TX],
    [counters.redirect, actions.XDP_REDIRECT],
    [counters.invalid, actions.invalid],
    [counters.transmitFull, losses.transmitFull],
    [counters.redirectFull, losses.redirectFull],
  ];
  const named: Record<string, number> = {};
  for (const [name, count] of rows) if (name !== undefined) named[name] = (named[name] ?? 0) + count;
  return named;
}
