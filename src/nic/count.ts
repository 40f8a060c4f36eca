// Runs of which only the counters are wanted: frames go from the capture to the engine many at a time.
import type { Frame } from '../capture/frame.js';
import type { RecordSink } from '../capture/records.js';
import type { CountedPackets, PacketCounter, Session } from '../engine/engine.js';
import { ACTION_NAMES, Accounting, type StageDrop, type Tally } from './accounting.js';
import type { NicModel } from './model.js';

/** A capture that gives everything to a sink. */
export interface RecordSource {
  pass(sink: RecordSink): Promise<void>;
}

/** What a counting run needs. */
export interface CountingRun {
  readonly session: Session;
  readonly program: string;
  readonly model: NicModel;
  readonly sources: readonly RecordSource[];
  readonly maximumPackets?: number | undefined;
  /** Called now and then with the number of frames so far and the bytes of captures that they took; true stops the run early, with all counters consistent. */
  readonly onProgress?: ((packets: number, bytes: number) => boolean) | undefined;
}

/** The counters, as `simulate` gives them, and the first trap. */
export interface CountingOutcome {
  readonly accounting: Accounting;
  readonly firstFault: CountedPackets['firstFault'];
}

/**
 * As `simulate` without `onPacket`, many times faster.
 * @returns undefined where the session's engine cannot count
 * @throws as `simulate` does
 */
export async function countPackets(run: CountingRun): Promise<CountingOutcome | undefined> {
  const { session, model } = run;
  const { receiveQueueIndex: queue, cpu, ingressIfindex } = model.context;
  const counter = session.count?.(run.program, { queue, cpu, ingressIfindex, ...model.frame });
  if (counter === undefined) return undefined;
  if (run.maximumPackets !== undefined) counter.limitTo(run.maximumPackets);
  const sink = new WatchedSink(counter, run.onProgress);
  for (const source of run.sources) {
    if (counter.isDone()) break;
    await source.pass(sink);
  }
  const accounting = accountingOf(counter.totals, model);
  accounting.checkConservation();
  return { accounting, firstFault: counter.totals.firstFault };
}

/** Passes everything on, and asks after every chunk whether to go on. */
class WatchedSink implements RecordSink {
  private readonly counter: PacketCounter;
  private readonly onProgress: CountingRun['onProgress'];
  private frames = 0;
  private bytes = 0;
  private told = 0;

  constructor(counter: PacketCounter, onProgress: CountingRun['onProgress']) {
    this.counter = counter;
    this.onProgress = onProgress;
  }

  get recordsTaken(): number {
    return this.counter.recordsTaken;
  }

  chunk(): Uint8Array {
    return this.counter.chunk();
  }

  takeRecords(bytes: Uint8Array, start: number, end: number, unitsPerSecond: number): number {
    const stop = this.counter.takeRecords(bytes, start, end, unitsPerSecond);
    this.bytes += stop - start;
    return stop;
  }

  takeFrame(frame: Frame): void {
    this.frames++;
    this.bytes += RECORD_HEADER_BYTES + frame.bytes.byteLength;
    this.counter.takeFrame(frame);
  }

  isDone(): boolean {
    const packets = this.frames + this.counter.recordsTaken;
    if (packets - this.told >= PACKETS_BETWEEN_LOOKS) {
      this.told = packets;
      if (this.onProgress?.(packets, this.bytes) === true) this.counter.stop();
    }
    return this.counter.isDone();
  }
}

const PACKETS_BETWEEN_LOOKS = 1024;
/** Bytes of a capture file beside each frame, of pcap. */
const RECORD_HEADER_BYTES = 16;

function accountingOf(totals: CountedPackets, model: NicModel): Accounting {
  const accounting = new Accounting();
  for (const [verdict, tally] of totals.actions.entries()) {
    const { packets, bytes } = tally;
    accounting.received.packets += packets;
    accounting.received.bytes += bytes;
    Object.assign(accounting.actions[ACTION_NAMES[verdict]!], { packets, bytes });
  }
  const { minimumLengthBytes, maximumLengthBytes } = model.frame;
  const drops = [
    { tally: totals.tooShort, reason: `shorter than ${minimumLengthBytes} bytes` },
    { tally: totals.tooLong, reason: `longer than ${maximumLengthBytes} bytes` },
  ];
  for (const { tally, reason } of drops) {
    if (tally.packets === 0) continue;
    accounting.received.packets += tally.packets;
    accounting.received.bytes += tally.bytes;
    accounting.drops.push({ stage: 'mac', reason, packets: tally.packets, bytes: tally.bytes });
  }
  accounting.faults = totals.faults;
  accounting.cutFrames = totals.cutFrames;
  return accounting;
}

/** The counters of runs over parts of one capture, as those of one run over all of it. */
export function joinedAccounting(parts: readonly AccountingValues[]): Accounting {
  const all = new Accounting();
  for (const part of parts) {
    addTally(all.received, part.received);
    for (const action of ACTION_NAMES) addTally(all.actions[action], part.actions[action]);
    for (const drop of part.drops) addDrop(all, drop);
    all.faults += part.faults;
    all.cutFrames += part.cutFrames;
  }
  all.checkConservation();
  return all;
}

/** The counters of an Accounting as plain values. */
export type AccountingValues = Pick<Accounting, 'received' | 'actions' | 'drops' | 'faults' | 'cutFrames'>;

function addTally(to: Tally, { packets, bytes }: Tally): void {
  to.packets += packets;
  to.bytes += bytes;
}

function addDrop({ drops }: Accounting, { stage, reason, ...tally }: StageDrop): void {
  const known = drops.find(drop => drop.stage === stage && drop.reason === reason);
  if (known === undefined) drops.push({ stage, reason, ...tally });
  else addTally(known, tally);
}
