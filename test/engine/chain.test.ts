// Chains of programs: order, chain-call actions, and what one program leaves to the next.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ethernet, packet, raw } from '../../src/capture/packet.js';
import { type ChainLink, chainSession } from '../../src/engine/chain.js';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS, type Packet } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { loadObject } from '../../src/object/load.js';
import type { MapSpec, ObjectSpec } from '../../src/object/spec.js';
import { XDP_ACTION } from '../../src/platform/actions.js';

const { XDP_PASS, XDP_DROP } = XDP_ACTION;

function link(
  file: string,
  program: string,
  priority = 50,
  chainCallActions: readonly number[] = [XDP_PASS],
): ChainLink {
  const session = createInterpreter().open(load(file), DEFAULT_ENGINE_OPTIONS);
  return { session, program, object: file, priority, chainCallActions };
}

function load(file: string, fileName = file): ObjectSpec {
  const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, '../programs', file)));
  return loadObject(bytes, { fileName });
}

/** The object with the named map pinned by name. */
function pinning(object: ObjectSpec, name: string, changes: Partial<MapSpec> = {}): ObjectSpec {
  const pin = (map: MapSpec): MapSpec => ({ ...map, pinning: 'by-name', ...changes });
  return { ...object, maps: object.maps.map(map => (map.name === name ? pin(map) : map)) };
}

function frame(lengthBytes: number): Packet {
  const bytes = packet(ethernet({ etherType: 0x88b5 }), raw(new Uint8Array(lengthBytes - 14)));
  return { bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };
}

const runOne = (links: readonly ChainLink[], lengthBytes = 60) => chainSession(links).run('', [frame(lengthBytes)])[0]!;

describe('a chain of programs', () => {
  it('runs the next program after a chain-call action, on the frame as it was left', () => {
    const result = runOne([link('vlan.o', 'vlan_push'), link('vlan.o', 'vlan_push')]);
    expect(result.bytes.byteLength).toBe(68);
    expect(result.headroomBytes).toBe(248);
  });

  it('stops at any other action', () => {
    const result = runOne([link('vlan.o', 'vlan_push', 50, [XDP_DROP]), link('vlan.o', 'vlan_push')]);
    expect([result.returnValue, result.bytes.byteLength]).toEqual([XDP_PASS, 64]);
  });

  it('runs lower priorities first, equal ones in the order given', () => {
    const first = link('metadata-tail.o', 'mark_and_trim', 10);
    const second = link('vlan.o', 'vlan_push', 20);
    expect(runOne([second, first], 200).bytes).toEqual(runOne([first, second], 200).bytes);
    expect(runOne([second, first], 200).bytes.byteLength).toBe(132);
  });

  it('hands metadata on, and it moves with the frame', () => {
    const alone = runOne([link('metadata-tail.o', 'mark_and_trim')], 100);
    const result = runOne([link('metadata-tail.o', 'mark_and_trim'), link('vlan.o', 'vlan_push')], 100);
    expect(result.metadata).toEqual(alone.metadata);
    expect(result.metadata.byteLength).toBeGreaterThan(0);
  });

  it('passes what every program chained on', () => {
    expect(runOne([link('pass-all.o', 'pass_all')]).returnValue).toBe(XDP_PASS);
  });

  it('names maps by object where names repeat', () => {
    const chain = chainSession([
      link('source-blocklist.o', 'source_blocklist'),
      link('source-blocklist.o', 'source_blocklist'),
    ]);
    expect([...chain.maps.keys()]).toEqual([
      'source-blocklist.o:blocked_sources',
      'source-blocklist.o:blocked_sources#2',
    ]);
  });
});

describe.each([createInterpreter(), createCompiler()])('objects on one machine of the $name', engine => {
  const u32 = (value: number) => new Uint8Array(new Uint32Array([value]).buffer);
  const open = (...objects: ObjectSpec[]) => engine.openTogether(objects, DEFAULT_ENGINE_OPTIONS);

  it('hand metadata on to the next', () => {
    const sessions = open(load('metadata-tail.o'), load('metadata-tail.o'));
    const [first] = sessions[0]!.run('mark_and_trim', [frame(200)]);
    const packet = { ...frame(200), metadata: first!.metadata };
    const [second] = sessions[1]!.run('mark_and_trim', [packet]);
    expect([first!.metadata.byteLength, second!.metadata.byteLength]).toEqual([8, 16]);
  });

  it('share a map that they pin by name', () => {
    const [a, b] = open(...['a.o', 'b.o'].map(name => pinning(load('source-blocklist.o', name), 'blocked_sources')));
    const shared = a!.maps.get('blocked_sources')!;
    expect(b!.maps.get('blocked_sources')).toBe(shared);
    shared.update(Uint8Array.of(10, 0, 0, 1), [new Uint8Array(shared.spec.valueSizeBytes)], 0);
    const bytes = packet(ethernet({ etherType: 0x0800 }), raw(ipv4From(10, 0, 0, 1)));
    const of10 = { ...frame(60), bytes };
    expect([a!, b!].map(session => session.run('source_blocklist', [of10])[0]!.returnValue)).toEqual([
      XDP_DROP,
      XDP_DROP,
    ]);
    expect(shared.entries()[0]!.values[0]!.slice(0, 1)).toEqual(Uint8Array.of(2));
  });

  it('have maps of their own beside it, and are named once in a chain', () => {
    const [a, b] = open(load('source-blocklist.o', 'a.o'), load('source-blocklist.o', 'b.o'));
    expect(a!.maps.get('blocked_sources')).not.toBe(b!.maps.get('blocked_sources'));
    const [c, d] = open(...['a.o', 'b.o'].map(name => pinning(load('source-blocklist.o', name), 'blocked_sources')));
    const links = [c!, d!].map((session, at) => {
      const place = { program: 'source_blocklist', object: 'ab'[at]!, priority: 50, chainCallActions: [XDP_PASS] };
      return { session, ...place };
    });
    expect([...chainSession(links).maps.keys()]).toEqual(['blocked_sources']);
  });

  it('jump into programs of one another through a pinned program array, which the later object fills anew', () => {
    const [a, b] = open(...['a.o', 'b.o'].map(name => pinning(load('tail-calls.o', name), 'stages')));
    const bytes = packet(ethernet({ etherType: 0x0800 }), raw(ipv4From(10, 0, 0, 1)));
    a!.run('parse_ethernet', [{ ...frame(60), bytes }]);
    const reached = [a!, b!].map(({ maps }) => [0, 1].map(stage => maps.get('reached')!.lookup(u32(stage))![0]![0]));
    expect(reached).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it.each([{ type: 9 }, { keySizeBytes: 2 }, { valueSizeBytes: 12 }, { maxEntries: 7 }, { flags: 1 }, { extra: 1n }])(
    'are refused where the second pins another map under the name: %o',
    changes => {
      const [a, b] = ['a.o', 'b.o'].map(name => pinning(load('source-blocklist.o', name), 'blocked_sources'));
      const other = pinning(b!, 'blocked_sources', changes);
      expect(() => open(a!, other)).toThrow(
        "b.o: map blocked_sources: couldn't reuse pinned map at '/sys/fs/bpf/blocked_sources': parameter mismatch",
      );
    },
  );
});

/** The header of a packet without contents. */
function ipv4From(...source: readonly number[]): Uint8Array {
  return Uint8Array.of(0x45, 0, 0, 46, 0, 0, 0, 0, 64, 253, 0, 0, ...source, 10, 0, 0, 9, ...new Uint8Array(26));
}
