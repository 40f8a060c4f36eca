// The way of each packet, as compiled code notes it, against the interpreter's: the same instructions in the same order at the same depth.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/open.js';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS, type FrameBatch, type Packet, type Session } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import type { Way } from '../../src/engine/observe.js';
import type { MachineMemory } from '../../src/machine/memory.js';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec } from '../../src/object/spec.js';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = join(ROOT, 'test/programs');
const OPTIONS = { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } };

async function packetsOf(names: readonly string[], most: number): Promise<Packet[]> {
  const packets: Packet[] = [];
  for (const name of names) {
    const capture = await openCapture(join(ROOT, 'captures', name));
    let left = most;
    await capture.forEach(({ bytes, timestampNanos }) => {
      packets.push({ bytes: bytes.slice(), timestampNanos, queue: 0, cpu: 0, ingressIfindex: 1 });
      return --left > 0;
    });
  }
  return packets;
}

const object = (file: string): ObjectSpec => loadObject(readFileSync(join(PROGRAMS, file)), { fileName: file });
const plain = (way: Way | undefined) => way && { steps: [...way.steps], depths: [...way.depths], isWhole: way.isWhole };

describe('ways of compiled programs', async () => {
  const packets = await packetsOf(['mixed.pcap', 'ipv6.pcapng', 'vlan.pcap'], 60);

  it.each(readdirSync(PROGRAMS).filter(name => name.endsWith('.o')))('are those of the interpreter: %s', file => {
    const spec = object(file);
    for (const { name } of spec.programs) {
      const [left, right] = [createInterpreter().open(spec, OPTIONS), createCompiler().open(spec, OPTIONS)];
      const ways = (session: Session) => session.run(name, packets).map(({ way }) => plain(way));
      expect(ways(right)).toEqual(ways(left));
    }
  });

  it('are the same object for packets that went the same way', () => {
    const spec = object('source-blocklist.o');
    const session = createCompiler().open(spec, OPTIONS);
    const [first, second] = session.run('source_blocklist', [packets[0]!, packets[0]!]);
    expect(second!.way).toBe(first!.way);
  });
});

describe('frames of a runner', async () => {
  const packets = await packetsOf(['mixed.pcap', 'vlan.pcap'], 100);
  const FILES = [
    'cidr-firewall.o',
    'vlan.o',
    'source-blocklist.o',
    'tail-calls.o',
    'adjust-all.o',
    'loop.o',
    'edges.o',
  ];

  it.each(FILES.flatMap(file => [1, 3, 200].map(together => [file, together] as const)))(
    'give verdict, length and way as whole runs do: %s, %i at a time',
    (file, together) => {
      const spec = object(file);
      for (const { name } of spec.programs) {
        const [whole, quick] = [createCompiler().open(spec, OPTIONS), createCompiler().open(spec, OPTIONS)];
        const results = packets.map(packet => whole.run(name, [packet])[0]!);
        const frames = quick.frames!(name, 1)!;
        frames.begin(0n);
        for (let first = 0; first < packets.length; first += together) {
          const batch = batchOf(packets.slice(first, first + together).map(({ bytes }) => bytes));
          frames.run(batch);
          for (let at = 0; at < batch.count; at++) {
            const { returnValue, bytes, way } = results[first + at]!;
            expect(batch.returnValue[at]).toBe(returnValue);
            expect(batch.lengthBytes[at]).toBe(bytes.length);
            expect(plain(frames.way(batch.way[at]!))).toEqual(plain(way));
          }
        }
      }
    },
  );

  it('take memory once for all runs of a session', () => {
    const session = createCompiler().open(object('source-blocklist.o'), OPTIONS);
    const memory = session.frames!('source_blocklist', 1)!.memory as MachineMemory;
    const { usedBytes } = memory;
    for (let run = 0; run < 3; run++) session.frames!('source_blocklist', 1);
    expect(memory.usedBytes).toBe(usedBytes);
  });

  it('are where they were when the memory grows under them', () => {
    for (const file of ['syn-limiter.o', 'map-zoo.o', 'own-objects.o']) {
      const spec = object(file);
      const { name } = spec.programs[0]!;
      const [whole, quick] = [createCompiler().open(spec, OPTIONS), createCompiler().open(spec, OPTIONS)];
      const frames = quick.frames!(name, 1)!;
      const memory = frames.memory as MachineMemory;
      const before = memory.bytes.length;
      memory.allocate(before - memory.usedBytes - 64, 1, 'all but a few bytes');
      const batch = batchOf(packets.map(({ bytes }) => bytes));
      const chunk = frames.chunk();
      chunk.set(batch.frames.memory.bytes);
      const seenByte = batch.frames.seenByte.map(at => chunk.byteOffset + at);
      const lying = { ...batch, frames: { ...batch.frames, memory, seenByte } };
      frames.begin(0n);
      frames.run(lying);
      const results = packets.map(packet => whole.run(name, [packet])[0]!.returnValue);
      expect([...lying.returnValue]).toEqual(results);
      expect(memory.bytes.length).toBeGreaterThan(before);
    }
  });
});

function batchOf(all: readonly Uint8Array[]): FrameBatch {
  const bytes = Uint8Array.from(all.flatMap(frame => [...frame]));
  const seenBytes = Uint32Array.from(all, ({ length }) => length);
  const count = all.length;
  const frames = {
    memory: { bytes, view: new DataView(bytes.buffer) },
    seenByte: seenBytes.map((_, at) => seenBytes.subarray(0, at).reduce((sum, length) => sum + length, 0)),
    seenBytes,
    queue: new Uint16Array(count),
  };
  const column = (): Uint32Array => new Uint32Array(count);
  const out = { returnValue: column(), lengthBytes: column(), way: column() };
  return { count, frame: column().map((_, at) => at), begin: new Float64Array(count), frames, ...out };
}
