// Timers on the simulated clock. What their helpers answer is compared with Linux through test/programs/value-fields.bpf.c.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Session } from '../../src/engine/engine.js';
import { loadObject } from '../../src/object/load.js';
import { packetOf } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';
import { u32 } from './maps/host.js';

const SECOND = 1_000_000_000n;
const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, '../programs/heartbeat.o')));
const object = loadObject(bytes, { fileName: 'heartbeat.o' });

function packetAt(timestampNanos: bigint) {
  return { ...packetOf(new Uint8Array(64)), timestampNanos };
}

/** Packets since the last beat, beats, time of the last one. */
function heart(session: Session): bigint[] {
  const [value] = session.maps.get('hearts')!.lookup(u32(1))!;
  const view = new DataView(value!.buffer, value!.byteOffset);
  return [0, 8, 16].map(offset => view.getBigUint64(offset, true));
}

const own = new Uint8Array(readFileSync(join(import.meta.dirname, '../programs/own-objects.o')));
const ownObject = loadObject(own, { fileName: 'own-objects.o' });

/** Runs and starts of the job of packets of 64 bytes. */
function job(session: Session): bigint[] {
  const [value] = session.maps.get('jobs')!.lookup(u32(0))!;
  const view = new DataView(value!.buffer, value!.byteOffset);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)];
}

describe.each(ENGINES)('work of the $name (bpf_wq_init, bpf_wq_set_callback_impl, bpf_wq_start)', engine => {
  it('runs once after each packet that started it, before the next', () => {
    const session = engine.open(ownObject, DEFAULT_ENGINE_OPTIONS);
    session.run('later', [packetAt(SECOND)]);
    expect(job(session)).toEqual([0n, 1n]);
    session.run('later', [packetAt(SECOND), packetAt(2n * SECOND)]);
    expect(job(session)).toEqual([200n, 3n]);
  });
});

describe.each(ENGINES)('timers of the $name', engine => {
  it('run before the packet that comes after their time, at their own time', () => {
    const session = engine.open(object, DEFAULT_ENGINE_OPTIONS);
    session.run('heartbeat', [packetAt(10n * SECOND), packetAt(10n * SECOND + 5n)]);
    expect(heart(session)).toEqual([2n, 0n, 0n]);
    const [result] = session.run('heartbeat', [packetAt(13n * SECOND + 1n)]);
    expect(heart(session)).toEqual([1n, 3n, 13n * SECOND]);
    expect(result!.fault).toBeUndefined();
    expect(result!.events.map(event => (event.kind === 'ringbuf' ? event.data[0] : -1))).toEqual([2, 0, 0]);
  });

  it('do not run as often as they want over a very long gap', () => {
    const session = engine.open(object, DEFAULT_ENGINE_OPTIONS);
    session.run('heartbeat', [packetAt(SECOND), packetAt(SECOND * 1_000_000n)]);
    expect(heart(session)).toEqual([1n, 10_001n, 1_000_000n * SECOND]);
  });

  it('show user space zeros in their place', () => {
    const session = engine.open(object, DEFAULT_ENGINE_OPTIONS);
    session.run('heartbeat', [packetAt(SECOND)]);
    expect(session.maps.get('hearts')!.lookup(u32(1))![0]!.subarray(24)).toEqual(new Uint8Array(16));
  });

  it('end where user space replaces the value', () => {
    const session = engine.open(object, DEFAULT_ENGINE_OPTIONS);
    session.run('heartbeat', [packetAt(SECOND)]);
    session.maps.get('hearts')!.update(u32(1), [new Uint8Array(40)], 0);
    session.run('heartbeat', [packetAt(3n * SECOND)]);
    expect(heart(session)).toEqual([1n, 0n, 0n]);
  });
});
