// Generated traffic as a capture file; pcapng says of every packet what it is.
import { PcapngWriter, PcapWriter, type Sink } from '../capture/write.js';
import { labelComment } from './labels.js';
import type { LabelledFrame } from './scenes.js';

/** Start of generated traffic: 2024-01-15 10:00:00 UTC. */
export const TRAFFIC_START_NANOS = 1_705_312_800_000_000_000n;

/** How traffic is written. */
export interface TrafficFormat {
  /** Only pcapng has room for labels. */
  readonly format: 'pcap' | 'pcapng';
  /** Of pcap; pcapng has nanoseconds. */
  readonly resolution: 'us' | 'ns';
  /** What made it; stands in front of a pcapng file. */
  readonly comment: string;
}

const INBOUND = 1;

/** Writes the frames; gives how many there were. */
export function writeTraffic(frames: Iterable<LabelledFrame>, sink: Sink, options: TrafficFormat): number {
  return options.format === 'pcap' ? writePcap(frames, sink, options) : writePcapng(frames, sink, options);
}

function writePcap(frames: Iterable<LabelledFrame>, sink: Sink, { resolution }: TrafficFormat): number {
  const writer = new PcapWriter(sink, { resolution });
  let packets = 0;
  for (const frame of frames) {
    writer.write(toWrite(frame));
    packets++;
  }
  writer.end();
  return packets;
}

function writePcapng(frames: Iterable<LabelledFrame>, sink: Sink, { comment }: TrafficFormat): number {
  const writer = new PcapngWriter(sink, { application: 'xdpsim generate', comments: [comment] });
  const port = writer.addInterface({ name: 'generated', description: 'no interface: synthetic traffic' });
  let [packets, endNanos] = [0, TRAFFIC_START_NANOS];
  for (const frame of frames) {
    packets++;
    const options = { comments: [labelComment(frame)], flags: INBOUND, packetId: BigInt(packets) };
    const written = toWrite(frame);
    endNanos = written.timestampNanos;
    writer.write(written, options, port);
  }
  writer.writeStatistics(port, endNanos, { received: BigInt(packets), dropped: 0n });
  writer.end();
  return packets;
}

function toWrite({ at, bytes, originalLengthBytes }: LabelledFrame) {
  const timestampNanos = TRAFFIC_START_NANOS + BigInt(at);
  return { timestampNanos, bytes, ...(originalLengthBytes !== undefined && { originalLengthBytes }) };
}
