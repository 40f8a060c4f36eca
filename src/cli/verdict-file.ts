// The pcapng file that `replay -w` writes: every frame as the program left it, with its verdict, queue and packet id.
import { PcapngWriter } from '../capture/write.js';
import type { Result } from '../engine/engine.js';
import type { ObservedPacket } from '../nic/simulate.js';
import type { Sink } from './terminal.js';

const INBOUND = 1;

/** Writes frames with verdicts to a sink; `end` completes the file and closes the sink. */
export class VerdictFile {
  private readonly writer: PcapngWriter;
  private readonly sink: Sink;

  constructor(sink: Sink, programName: string) {
    this.sink = sink;
    this.writer = new PcapngWriter(piece => sink.write(piece), { application: 'xdpsim' });
    this.writer.addInterface({ name: `${programName}()@fexit` });
  }

  /** A frame that no program saw is written as it came, with the reason as a comment and no verdict. */
  write(packet: ObservedPacket, result: Result | undefined): void {
    const { timestampNanos } = packet;
    this.writer.write(
      { timestampNanos, bytes: result?.bytes ?? packet.bytes },
      {
        flags: INBOUND,
        packetId: BigInt(packet.number),
        queue: packet.queue,
        verdicts: result === undefined ? [] : [{ kind: 'xdp', action: BigInt(result.returnValue) }],
        comments: commentsOf(packet, result),
      },
    );
  }

  end(): void {
    this.writer.end();
    this.sink.close();
  }
}

function commentsOf(packet: ObservedPacket, result: Result | undefined): string[] {
  if (packet.dropReason !== undefined) return [`dropped before the program: ${packet.dropReason}`];
  return result?.fault === undefined ? [] : [`trapped: ${result.fault.message}`];
}
