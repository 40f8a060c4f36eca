// Map contents that make programs of unknown authors act: keys and values by the names of their members, taken from the packets.
import type { Btf } from '../../src/btf/btf.js';
import { sizeOf, skipModifiers } from '../../src/btf/resolve.js';
import type { Packet, Session } from '../../src/engine/engine.js';
import type { MapAccess } from '../../src/machine/map.js';
import type { MapSpec } from '../../src/object/spec.js';
import { type MapTypeName, mapType } from '../../src/platform/map-types.js';
import { toHex } from '../../src/support/bytes.js';

const MAX_KEYS = 12;
const ETHERTYPE_IPV6 = 0x86dd;
const MANY_ENTRIES = 65_536;

/** What stands in a packet that keys may be made of. */
interface Flow {
  readonly sourceMac: Uint8Array;
  readonly targetMac: Uint8Array;
  readonly source: Uint8Array;
  readonly target: Uint8Array;
  /** As they stand in the packet. */
  readonly sourcePort: Uint8Array;
  readonly targetPort: Uint8Array;
  readonly protocol: number;
  readonly family: number;
}

/** Fills every map of the session that user space may fill, the same way in every engine. */
export function fill(session: Session, packets: readonly Packet[], btf: Btf | undefined): void {
  const flows = commonFlows(packets);
  for (const map of session.maps.values()) {
    if (map.spec.contents !== undefined || map.spec.isFrozen || map.spec.slots.length > 0) continue;
    for (const [key, value] of entriesFor(map, flows, btf)) map.update(key, [value], 0);
  }
}

/** One packet of each flow, those of flows with many packets first. */
function commonFlows(packets: readonly Packet[]): Flow[] {
  const counts = new Map<string, { readonly flow: Flow; packets: number }>();
  for (const flow of packets.flatMap(flowOf)) {
    const name = `${toHex(flow.target)} ${toHex(flow.targetPort)} ${flow.protocol}`;
    const known = counts.get(name) ?? { flow, packets: 0 };
    counts.set(name, { flow: known.flow, packets: known.packets + 1 });
  }
  return [...counts.values()].sort((a, b) => b.packets - a.packets).map(({ flow }) => flow);
}

function entriesFor({ spec }: MapAccess, flows: readonly Flow[], btf: Btf | undefined): [Uint8Array, Uint8Array][] {
  const value = (flow: Flow | undefined) => valueFor(spec, flow, btf);
  switch (mapType(spec.type)?.name satisfies MapTypeName | undefined) {
    case 'hash':
    case 'percpu_hash':
    case 'lru_hash':
    case 'lru_percpu_hash':
    case 'lpm_trie':
      return distinct(flows.flatMap(flow => keysFor(spec, flow, btf).map(key => [key, value(flow)])));
    case 'array':
    case 'percpu_array':
      return indexesFor(spec, flows).map(index => [word(index), spec.valueSizeBytes === 4 ? word(1) : value(flows[0])]);
    case 'devmap':
    case 'devmap_hash':
      return [0, 1, 2]
        .filter(index => index < spec.maxEntries)
        .map(index => [word(index), padded(word(1), spec.valueSizeBytes)]);
    case 'cpumap':
      return [0, 1]
        .filter(cpu => cpu < spec.maxEntries)
        .map(cpu => [word(cpu), padded(word(192), spec.valueSizeBytes)]);
    default:
      return [];
  }
}

function indexesFor({ maxEntries }: MapSpec, flows: readonly Flow[]): number[] {
  const first = [0, 1, 2, 3];
  const ports =
    maxEntries < MANY_ENTRIES
      ? []
      : flows.slice(0, 4).flatMap(({ targetPort: [high = 0, low = 0] }) => [(high << 8) | low, (low << 8) | high]);
  return [...new Set([...first, ...ports])].filter(index => index < maxEntries);
}

/** By the key's type where the object has it; by its size where not. */
function keysFor(spec: MapSpec, flow: Flow, btf: Btf | undefined): Uint8Array[] {
  const typed = btf === undefined || spec.keyTypeId === undefined ? undefined : struct(btf, spec.keyTypeId, flow);
  if (typed !== undefined) return [typed];
  const bySize: Readonly<Record<number, readonly Uint8Array[]>> = {
    1: [Uint8Array.of(flow.protocol)],
    2: [flow.sourcePort, flow.targetPort],
    4: [flow.source.subarray(0, 4), flow.target.subarray(0, 4), word(flow.protocol), word(0), word(1)],
    6: [flow.sourceMac, flow.targetMac],
    8: [prefix(flow.source), prefix(flow.target)],
    16: [padded(flow.source, 16), padded(flow.target, 16)],
    20: [prefix(flow.source), prefix(flow.target)],
  };
  return (bySize[spec.keySizeBytes] ?? []).map(key => padded(key, spec.keySizeBytes));
}

function valueFor(spec: MapSpec, flow: Flow | undefined, btf: Btf | undefined): Uint8Array {
  if (btf !== undefined && spec.valueTypeId !== undefined && flow !== undefined) {
    const typed = struct(btf, spec.valueTypeId, flow);
    if (typed !== undefined) return typed;
  }
  // A set of flags where it is one number: all of them.
  return new Uint8Array(spec.valueSizeBytes).fill(0xff);
}

/** A struct whose members are named for what they hold; undefined for other types. */
function struct(btf: Btf, typeId: number, flow: Flow): Uint8Array | undefined {
  const type = skipModifiers(btf, typeId);
  if (type.kind !== 'struct' && type.kind !== 'union') return undefined;
  const bytes = new Uint8Array(type.sizeBytes);
  for (const member of type.kind === 'union' ? type.members.slice(0, 1) : type.members) {
    const sizeBytes = sizeOf(btf, member.typeId) ?? 0;
    const content = named(member.name, sizeBytes, flow) ?? struct(btf, member.typeId, flow) ?? new Uint8Array(0);
    if (member.bitOffset % 8 === 0) bytes.set(content.subarray(0, sizeBytes), member.bitOffset / 8);
  }
  return bytes;
}

const MEMBERS: readonly (readonly [name: RegExp, content: (flow: Flow) => Uint8Array])[] = [
  [/^(saddr|src|sip|source|src_ip|ipv4_src|daddr_src)/i, ({ source }) => source],
  [/^(daddr|dst|dip|dest|target|ipv4_dst|addr)/i, ({ target }) => target],
  [/sport|source_port|src_port/i, ({ sourcePort }) => sourcePort],
  [/dport|port/i, ({ targetPort }) => targetPort],
  [/proto/i, ({ protocol }) => Uint8Array.of(protocol)],
  [/action/i, () => word(3)],
  [/ifindex|oif/i, () => word(1)],
  [/opt|flags|count|vip_num|capacity/i, () => word(1)],
  [/family/i, ({ family }) => Uint8Array.of(family)],
  [/prefix/i, ({ source }) => word(8 * source.byteLength)],
];

/** Six bytes are a MAC address, whatever their name. */
function named(name: string, sizeBytes: number, flow: Flow): Uint8Array | undefined {
  if (sizeBytes === 6) return /s(rc|ource)|^addr/i.test(name) ? flow.sourceMac : flow.targetMac;
  return MEMBERS.find(([pattern]) => pattern.test(name))?.[1](flow);
}

/** None for frames that are neither IPv4 nor IPv6. */
function flowOf({ bytes }: Packet): Flow[] {
  const etherType = (bytes[12]! << 8) | bytes[13]!;
  const isIpv6 = etherType === ETHERTYPE_IPV6;
  if (bytes.byteLength < 62 || (!isIpv6 && etherType !== 0x0800)) return [];
  const at = isIpv6
    ? { source: 22, target: 38, ports: 54, protocol: 20 }
    : { source: 26, target: 30, ports: 34, protocol: 23 };
  const addressBytes = isIpv6 ? 16 : 4;
  return [
    {
      targetMac: bytes.slice(0, 6),
      sourceMac: bytes.slice(6, 12),
      source: bytes.slice(at.source, at.source + addressBytes),
      target: bytes.slice(at.target, at.target + addressBytes),
      sourcePort: bytes.slice(at.ports, at.ports + 2),
      targetPort: bytes.slice(at.ports + 2, at.ports + 4),
      protocol: bytes[at.protocol]!,
      family: isIpv6 ? 10 : 2,
    },
  ];
}

function prefix(address: Uint8Array): Uint8Array {
  return Uint8Array.of(...word(8 * address.byteLength), ...address);
}

function padded(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const all = new Uint8Array(sizeBytes);
  all.set(bytes.subarray(0, sizeBytes));
  return all;
}

function word(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

function distinct(entries: readonly (readonly [Uint8Array, Uint8Array])[]): [Uint8Array, Uint8Array][] {
  const byKey = new Map(entries.map(([key, value]) => [toHex(key), [key, value] as [Uint8Array, Uint8Array]]));
  return [...byKey.values()].slice(0, MAX_KEYS);
}
