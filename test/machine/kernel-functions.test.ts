// Kernel functions whose effects are not shown by test/programs over captures: connections, what cards say, records from user space.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../src/btf/parse.js';
import { DEFAULT_ENGINE_OPTIONS, type Engine, type Packet } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { createKernelEngine, kernelUnavailableReason } from '../../src/engine/kernel/kernel.js';
import { ConnectionTable, inverted, type Tuple } from '../../src/machine/conntrack.js';
import { MachineMemory } from '../../src/machine/memory.js';
import { Regions } from '../../src/machine/regions.js';
import { loadObject } from '../../src/object/load.js';
import { toHex } from '../../src/support/bytes.js';
import { assembledObject, KFUNC_NAMES } from '../support/assembled-object.js';
import { BtfWriter } from '../support/btf-writer.js';
import { packetOf } from '../support/cases.js';

const CONNECTIONS = join(import.meta.dirname, '../programs/connections.o');
const ENODATA = -61;
const ZONE = { id: 0, directions: 3 };

function tuple(sourcePort: number): Tuple {
  const [source, target] = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)];
  return { protocol: 6, source, target, sourcePort, targetPort: 80 };
}

const call = (name: string): string => `call kfunc#${KFUNC_NAMES.indexOf(name)}`;

/** r0 as a signed number. */
function answer(text: string, packet: Partial<Packet> = {}): number {
  const session = createInterpreter().open(assembledObject({ main: `${text}; exit` }), DEFAULT_ENGINE_OPTIONS);
  const { returnValue, fault } = session.run('main', [{ ...packetOf(new Uint8Array(64)), ...packet }])[0]!;
  if (fault !== undefined) throw new Error(fault.message);
  return returnValue | 0;
}

/** `.bss` of connections.o after two packets of a length. */
function tracked(engine: Engine, lengthBytes: number): string {
  const bytes = new Uint8Array(readFileSync(CONNECTIONS));
  const object = loadObject(bytes, { fileName: 'connections.o' });
  const session = engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, hasReaders: false, objectBytes: bytes });
  session.run('track', [packetOf(new Uint8Array(lengthBytes)), packetOf(new Uint8Array(lengthBytes))]);
  const [, answers] = [...session.maps].find(([name]) => name.endsWith('.bss'))!;
  const value = toHex(answers.lookup(new Uint8Array(4))![0]!);
  session.close();
  return value;
}

const reason = kernelUnavailableReason();

describe('connections', () => {
  it.skipIf(reason !== undefined)(
    `are made, found in both directions, and changed as on Linux${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    () => {
      // The kernel's connections outlive the test by half a minute; another process takes other ones.
      const lengthBytes = 64 + (process.pid % 3400);
      expect(tracked(createInterpreter(), lengthBytes)).toBe(tracked(createKernelEngine(), lengthBytes));
    },
  );

  it('are gone when their time is up, also where ticks start anew at 2^32', () => {
    const table = new ConnectionTable(new MachineMemory(), new Regions());
    const start = 0xffff_ff00;
    expect(table.insert(table.create(tuple(1), ZONE, 1000), start)).toBe(true);
    expect(table.find(inverted(tuple(1)), ZONE, start + 999 - 2 ** 32)?.direction).toBe(1);
    expect(table.find(tuple(1), ZONE, start + 1000 - 2 ** 32)).toBeUndefined();
    expect(table.size).toBe(0);
  });

  it('keep their place as long as references are held', () => {
    const table = new ConnectionTable(new MachineMemory(), new Regions());
    const first = table.create(tuple(1), ZONE, 1000);
    expect(table.create(tuple(2), ZONE, 1000).address).not.toBe(first.address);
    table.release(first);
    expect(table.at(first.address)).toBeUndefined();
    expect(table.create(tuple(3), ZONE, 1000).address).toBe(first.address);
  });
});

describe('what the card said', () => {
  const timestamp = `r2 = r10; r2 += -8; ${call('bpf_xdp_metadata_rx_timestamp')}; r0 = *(u64 *)(r10 -8)`;
  const hash = `r2 = r10; r2 += -8; r3 = r10; r3 += -4; ${call('bpf_xdp_metadata_rx_hash')}`;
  const vlan = `r2 = r10; r2 += -8; r3 = r10; r3 += -6; ${call('bpf_xdp_metadata_rx_vlan_tag')}`;

  it('is the time of the capture, unless it had a clock of its own', () => {
    expect(answer(timestamp, { timestampNanos: 77n })).toBe(77);
    expect(answer(timestamp, { timestampNanos: 77n, reception: { timestampNanos: 75n } })).toBe(75);
  });

  it('is a hash and its type, where it made one', () => {
    const reception = { hash: { value: 0x1234, type: 9 } };
    expect(answer(hash)).toBe(ENODATA);
    expect(answer(`${hash}; r0 = *(u32 *)(r10 -8)`, { reception })).toBe(0x1234);
    expect(answer(`${hash}; r0 = *(u32 *)(r10 -4)`, { reception })).toBe(9);
  });

  it('is the VLAN tag, where it took one out of the frame', () => {
    const reception = { vlanTag: { protocol: 0x8100, controlInformation: 42 } };
    expect(answer(vlan)).toBe(ENODATA);
    expect(answer(`${vlan}; r0 = *(u16 *)(r10 -8); r0 = be16 r0`, { reception })).toBe(0x8100);
    expect(answer(`${vlan}; r0 = *(u16 *)(r10 -6)`, { reception })).toBe(42);
  });
});

describe('a kernel function that the machine has', () => {
  it('gives its argument back from bpf_rdonly_cast', () => {
    expect(answer(`r1 = 77; r2 = 5; ${call('bpf_rdonly_cast')}`)).toBe(77);
  });

  it('is absent nowhere, so that its address is not 0', () => {
    const object = assembledObject({ main: 'r0 = 0 ll; exit' }, [], {
      references: new Map([[0, { kind: 'ksym', name: 'bpf_xdp_pull_data', isWeak: true, isTyped: true } as const]]),
    });
    const session = createInterpreter().open(object, DEFAULT_ENGINE_OPTIONS);
    expect(session.run('main', [packetOf(new Uint8Array(64))])[0]!.returnValue).not.toBe(0);
  });
});

describe('a program that throws', () => {
  it('is refused where a function of its own is to handle that', () => {
    const types = new BtfWriter();
    const main = types.func('main', types.funcProto(0, []), 'global');
    types.declTag('exception_callback:handle', main, -1);
    const plain = assembledObject({ main: `r1 = 1; ${call('bpf_throw')}; exit` });
    const programs = plain.programs.map(program => ({
      ...program,
      functions: [{ name: 'main', slot: 0, slots: 3, linkage: 'global', typeId: main } as const],
    }));
    const object = { ...plain, programs, btf: parseBtf(types.finish(), 'test') };
    const run = (of: typeof plain) =>
      createInterpreter()
        .open(of, DEFAULT_ENGINE_OPTIONS)
        .run('main', [packetOf(new Uint8Array(64))]);
    expect(run(plain)[0]!.returnValue).toBe(1);
    expect(() => run(object)).toThrow('program main: its exception callback handle is not supported');
  });
});
