// How fast captures are read: node test/capture/bench.mjs [frames] [frame bytes], after the build. Prints frames per second for each
// reader. Not a test: it depends on the machine.
import { PcapParserReader } from '../../dist/capture/pcap-parser-adapter.js';
import { CaptureReader, captureFrom } from '../../dist/capture/read.js';
import { PcapngWriter, PcapWriter } from '../../dist/capture/write.js';

const frames = Number(process.argv[2] ?? 1_000_000);
const frameBytes = Number(process.argv[3] ?? 64);
const CHUNK_BYTES = 1024 * 1024;

function written(makeWriter) {
  const pieces = [];
  const writer = makeWriter(piece => pieces.push(piece));
  const bytes = new Uint8Array(frameBytes);
  for (let at = 0; at < frames; at++)
    writer.write({ timestampNanos: 1_700_000_000_000_000_000n + BigInt(at) * 672n, bytes });
  writer.end();
  return Buffer.concat(pieces);
}

function* chunksOf(file) {
  for (let at = 0; at < file.length; at += CHUNK_BYTES) yield file.subarray(at, at + CHUNK_BYTES);
}

function pull(reader, file) {
  let sum = 0;
  for (const chunk of chunksOf(file)) {
    reader.feed(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      sum += frame.lengthBytes + frame.storage[frame.storageOffset] + frame.timestampSubsecondNanos;
    }
  }
  reader.end();
  return sum;
}

const options = { fileName: 'bench' };
const readings = {
  'feed/next': file => pull(new CaptureReader(options), file),
  'forEach, bytes and time': async file => {
    let sum = 0;
    await captureFrom(chunksOf(file), options).forEach(frame => {
      sum += frame.bytes.length + Number(frame.timestampNanos & 0xffn);
    });
    return sum;
  },
  'frames()': async file => {
    let sum = 0;
    for await (const frame of captureFrom(chunksOf(file), options).frames()) sum += frame.number;
    return sum;
  },
  'pcap-parser': file => pull(new PcapParserReader(options), file),
};

const files = {
  'pcap us': written(sink => new PcapWriter(sink)),
  'pcap ns': written(sink => new PcapWriter(sink, { resolution: 'ns' })),
  pcapng: written(sink => {
    const writer = new PcapngWriter(sink);
    writer.addInterface({ name: 'bench0' });
    return writer;
  }),
};

for (const [format, file] of Object.entries(files)) {
  for (const [name, read] of Object.entries(readings)) {
    if (name === 'pcap-parser' && format !== 'pcap us') continue;
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const start = performance.now();
      await read(file);
      best = Math.min(best, performance.now() - start);
    }
    const rate = (frames / best / 1000).toFixed(2);
    console.log(
      `${format.padEnd(8)} ${name.padEnd(24)} ${rate.padStart(6)} M frames/s  ${((best * 1e6) / frames).toFixed(0)} ns each`,
    );
  }
}
