// Counters under the names of the driver's `ethtool -S`, as the model lists them: of the whole card, and of each queue.
import type { ActionName } from '../accounting.js';
import type { NicModel } from '../model.js';
import type { Loss } from './losses.js';

/** What is counted, of the card or of one queue. */
export interface CountedFrames {
  readonly received: number;
  readonly receivedBytes: number;
  /** With frame check sequence and padding; as `receivedBytes` of a queue. */
  readonly portBytes: number;
  /** In host memory. */
  readonly delivered: number;
  readonly deliveredBytes: number;
  readonly passBytes: number;
  readonly losses: Readonly<Record<Loss | 'length', number>>;
  readonly actions: Readonly<Record<ActionName, number>>;
  readonly vlanStripped: number;
  readonly checksumGood: number;
  readonly checksumBad: number;
}

/** Stands for the number of a queue in a counter's name. */
const QUEUE = '<i>';
/** Between names of what a driver counts several times. */
const BETWEEN_NAMES = ', ';

/**
 * The counters that the model names; several things may go by one name and are added up. The card's come first, then queue by queue, as
 * drivers print them. What a driver names by queue alone has no counter of the whole card.
 */
export function driverCounters(
  { counters, queueCounters }: NicModel,
  card: CountedFrames,
  queues: readonly CountedFrames[],
): Readonly<Record<string, number>> {
  const named: Record<string, number> = {};
  addTo(named, counters, card, name => !name.includes(QUEUE));
  for (const [queue, counted] of queues.entries()) {
    addTo(named, counters, counted, name => name.includes(QUEUE), queue);
    addTo(named, queueCounters, counted, () => true, queue);
  }
  return named;
}

type Names = NicModel['counters'];

function addTo(
  named: Record<string, number>,
  names: Names,
  counted: CountedFrames,
  isWanted: (name: string) => boolean,
  queue = 0,
): void {
  const values = valuesOf(counted);
  for (const key of Object.keys(values) as (keyof Names)[]) {
    for (const name of names[key]?.split(BETWEEN_NAMES) ?? []) {
      if (!isWanted(name)) continue;
      const full = name.replaceAll(QUEUE, String(queue));
      named[full] = (named[full] ?? 0) + values[key];
    }
  }
}

/** In the order in which they are printed. */
function valuesOf({ losses, actions, ...counted }: CountedFrames): Readonly<Record<keyof Names, number>> {
  return {
    received: counted.received,
    receivedBytes: counted.receivedBytes,
    portBytes: counted.portBytes,
    delivered: counted.delivered,
    deliveredBytes: counted.deliveredBytes,
    macDrop: losses.macFull,
    oversize: losses.length,
    ringDrop: losses.ringFull,
    vlanStripped: counted.vlanStripped,
    checksumGood: counted.checksumGood,
    checksumBad: counted.checksumBad,
    aborted: actions.XDP_ABORTED,
    drop: actions.XDP_DROP,
    pass: actions.XDP_PASS,
    passBytes: counted.passBytes,
    transmit: actions.XDP_TX,
    sent: actions.XDP_TX - losses.transmitFull,
    redirect: actions.XDP_REDIRECT,
    invalid: actions.invalid,
    transmitFull: losses.transmitFull,
    redirectFull: losses.redirectFull,
  };
}
