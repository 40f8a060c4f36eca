// The pcapng file that `replay -w` writes: frames with verdict, queue, packet id and the reason as a comment; one interface for each
// point at which frames were taken, named as xdpdump names them; totals in a statistics block.
import { PcapngWriter } from '../capture/write.js';
import type { Result } from '../engine/engine.js';
import type { ObservedPacket } from '../nic/simulate.js';
import { LOSS_REASONS } from '../nic/timed/tally.js';
import { actionName } from '../platform/actions.js';
import type { Decision } from '../report/decision.js';
import { isLost } from '../report/traffic.js';
import type { Sink } from './terminal.js';

const INBOUND = 1;

/** Where a card in simulated time loses frames, by the reason; all other reasons are those of the MAC. */
const STAGES = new Map(Object.values(LOSS_REASONS).map(({ stage, reason }) => [reason, stage]));

/** Where frames are taken: before the program, behind it, or both. */
export interface CapturePoints {
  readonly entry: boolean;
  readonly exit: boolean;
}

/** Writes frames with verdicts to a sink; `end` completes the file and closes the sink. */
export class VerdictFile {
  private readonly writer: PcapngWriter;
  private readonly sink: Sink;
  private readonly entry: number | undefined;
  private readonly exit: number | undefined;
  /** Interfaces of the stages that dropped frames, by name, described when they are first needed. */
  private readonly stages = new Map<string, number>();
  private readonly totals = { received: 0n, dropped: 0n, filterAccepted: 0n, osDropped: 0n, delivered: 0n };
  private lastNanos = 0n;
  /** Frames that a stage dropped since the last frame that was written. */
  private lost = 0n;

  constructor(sink: Sink, program: string, points: CapturePoints) {
    this.sink = sink;
    this.writer = new PcapngWriter(piece => sink.write(piece), { application: 'xdpsim' });
    this.entry = points.entry ? this.writer.addInterface({ name: `${program}()@fentry` }) : undefined;
    this.exit = points.exit ? this.writer.addInterface({ name: `${program}()@fexit` }) : undefined;
  }

  /** Writes a frame. One that a stage lost is written as it came, on the interface of that stage, without a verdict. */
  write(packet: ObservedPacket, result: Result | undefined, decision: Decision | undefined): void {
    this.count(packet, result);
    const { timestampNanos, bytes, number, queue } = packet;
    const common = { flags: INBOUND, packetId: BigInt(number), queue };
    if (result === undefined) {
      const stage = STAGES.get(packet.dropReason ?? '') ?? 'mac';
      const comments = [`lost in stage ${stage}: ${packet.dropReason}`];
      this.writer.write({ timestampNanos, bytes }, { ...common, comments }, this.stage(stage));
      return;
    }
    const verdict = {
      verdicts: [{ kind: 'xdp', action: BigInt(result.returnValue) } as const],
      comments: commentsOf(result, decision),
    };
    const lost = this.lost > 0n ? { dropCount: this.lost } : {};
    this.lost = 0n;
    if (this.entry !== undefined) {
      const told = this.exit === undefined ? verdict : {};
      this.writer.write({ timestampNanos, bytes }, { ...common, ...lost, ...told }, this.entry);
    }
    if (this.exit !== undefined) {
      const left = { timestampNanos, bytes: result.bytes };
      this.writer.write(left, { ...common, ...(this.entry === undefined && lost), ...verdict }, this.exit);
    }
  }

  /** A frame that is not written but counted. */
  pass(packet: ObservedPacket, result: Result | undefined): void {
    this.count(packet, result);
  }

  end(): void {
    this.writer.writeStatistics(0, this.lastNanos, this.totals);
    this.writer.end();
    this.sink.close();
  }

  private stage(name: string): number {
    let known = this.stages.get(name);
    if (known === undefined) {
      known = this.writer.addInterface({ name, description: 'frames dropped here' });
      this.stages.set(name, known);
    }
    return known;
  }

  /** The totals as the statistics block has them: what came in, was dropped by the card, got through, was dropped by the program, went up. */
  private count({ timestampNanos }: ObservedPacket, result: Result | undefined): void {
    const { totals } = this;
    if (timestampNanos > this.lastNanos) this.lastNanos = timestampNanos;
    totals.received++;
    if (result === undefined) {
      totals.dropped++;
      this.lost++;
      return;
    }
    const action = actionName(result.returnValue);
    if (isLost(action)) totals.osDropped++;
    else totals.filterAccepted++;
    if (action === 'XDP_PASS') totals.delivered++;
  }
}

function commentsOf(result: Result, decision: Decision | undefined): string[] {
  const { fault, redirect } = result;
  if (fault !== undefined) {
    const place = fault.source === undefined ? '' : ` at ${fault.source.file}:${fault.source.line}`;
    return [`trapped: ${fault.message}${place}`];
  }
  const comments = redirect === undefined ? [] : [`redirected: ${JSON.stringify(redirect)}`];
  const { source } = decision ?? {};
  if (source === undefined) return comments;
  const action = actionName(result.returnValue);
  return [`${action} decided at ${source.file}:${source.line}: ${source.text.trim()}`, ...comments];
}
