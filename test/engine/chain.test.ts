// Chains of programs: order, chain-call actions, and what one program leaves to the next.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ethernet, packet, raw } from '../../src/capture/packet.js';
import { type ChainLink, chainSession } from '../../src/engine/chain.js';
import { DEFAULT_ENGINE_OPTIONS, type Packet } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { loadObject } from '../../src/object/load.js';
import { XDP_ACTION } from '../../src/platform/actions.js';

const { XDP_PASS, XDP_DROP } = XDP_ACTION;

function link(
  file: string,
  program: string,
  priority = 50,
  chainCallActions: readonly number[] = [XDP_PASS],
): ChainLink {
  const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, '../programs', file)));
  const session = createInterpreter().open(loadObject(bytes, { fileName: file }), DEFAULT_ENGINE_OPTIONS);
  return { session, program, object: file, priority, chainCallActions };
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
