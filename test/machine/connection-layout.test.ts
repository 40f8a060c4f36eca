// Where fields of struct nf_conn stand: as the types say that a program's code was adapted to.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Btf } from '../../src/btf/btf.js';
import { parseBtf } from '../../src/btf/parse.js';
import { connectionLayout, LINUX_CONNECTION } from '../../src/machine/connection-layout.js';
import { ConnectionTable } from '../../src/machine/conntrack.js';
import { MachineMemory } from '../../src/machine/memory.js';
import { Regions } from '../../src/machine/regions.js';
import { BtfWriter } from '../support/btf-writer.js';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
const NOTHING = {
  use: undefined,
  timeout: undefined,
  zone: undefined,
  original: undefined,
  reply: undefined,
  status: undefined,
};

function typesWith(name: string, members: Readonly<Record<string, number>>): Btf {
  const writer = new BtfWriter();
  const int = writer.int('unsigned int', 4);
  const list = Object.entries(members).map(([member, offset]) => ({
    name: member,
    typeId: int,
    bitOffset: 8 * offset,
  }));
  writer.struct(name, 600, list);
  return parseBtf(writer.finish(), 'types');
}

/** Tuples of 40 bytes, 4 bytes into structs of 48, from byte 20. */
function typesWithTuples(): Btf {
  const writer = new BtfWriter();
  const int = writer.int('unsigned int', 4);
  const tuple = writer.struct('nf_conntrack_tuple', 40, []);
  const entry = writer.struct('nf_conntrack_tuple_hash', 48, [{ name: 'tuple', typeId: tuple, bitOffset: 32 }]);
  const entries = writer.array(entry, 2, int);
  writer.struct('nf_conn', 200, [{ name: 'tuplehash', typeId: entries, bitOffset: 160 }]);
  return parseBtf(writer.finish(), 'types');
}

describe('the layout of struct nf_conn', () => {
  it.skipIf(!existsSync(KERNEL_BTF))(`of Linux 6.18 is the usual one (skipped without ${KERNEL_BTF})`, () => {
    const types = parseBtf(new Uint8Array(readFileSync(KERNEL_BTF)), 'vmlinux');
    if (types.typesByName('nf_conn').length > 0) expect(connectionLayout(types)).toEqual(LINUX_CONNECTION);
  });

  it.each([
    ['is that of Linux 6.18 where there are no types', undefined, LINUX_CONNECTION],
    ['is that of Linux 6.18 where the types do not have it', typesWith('other', { status: 4 }), LINUX_CONNECTION],
    ['follows the types', typesWith('nf_conn', { status: 4, timeout: 64 }), { ...NOTHING, status: 4, timeout: 64 }],
    ['follows flavours of it', typesWith('nf_conn___local', { status: 8 }), { ...NOTHING, status: 8 }],
    ['leaves out what is too far away', typesWith('nf_conn', { status: 580 }), NOTHING],
    ['finds both tuples', typesWithTuples(), { ...NOTHING, original: 24, reply: 72 }],
  ] as const)('%s', (_, types, expected) => expect(connectionLayout(types)).toEqual(expected));

  it('is the one that connections are shown in', () => {
    const memory = new MachineMemory();
    const connections = new ConnectionTable(memory, new Regions());
    connections.useTypes(typesWith('nf_conn', { status: 4, timeout: 64 }));
    const [source, target] = [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)];
    const tuple = { protocol: 6, source, target, sourcePort: 1, targetPort: 2 };
    const connection = connections.create(tuple, { id: 0, directions: 3 }, 7500);
    connections.insert(connection, 100);
    const words = [0, 4, 8, 64].map(offset => memory.view.getUint32(connection.address + offset, true));
    expect(words).toEqual([0, 8, 0, 7600]);
  });
});
