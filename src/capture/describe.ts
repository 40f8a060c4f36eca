// What a packet is, for reports: its layers, addresses, ports and checksums. Malformed packets are described as far as they go.
import { dissect } from './dissect.js';

/** One protocol layer found in a packet, with the fields that reports show. */
export type PacketLayer =
  | { readonly kind: 'ethernet'; readonly source: string; readonly destination: string; readonly etherType: number }
  | { readonly kind: 'vlan'; readonly id: number; readonly priority: number; readonly etherType: number }
  | { readonly kind: 'mpls'; readonly label: number; readonly isLast: boolean }
  | {
      readonly kind: 'arp';
      readonly operation: number;
      readonly senderAddress: string;
      readonly targetAddress: string;
    }
  | ({ readonly kind: 'ipv4'; readonly isChecksumValid: boolean; readonly identification: number } & IpFields)
  | ({ readonly kind: 'ipv6'; readonly flowLabel: number } & IpFields)
  | { readonly kind: 'ipv6-extension'; readonly header: number }
  | ({
      readonly kind: 'tcp';
      readonly flags: number;
      readonly sequence: number;
      readonly acknowledgement: number;
    } & Ports)
  | ({ readonly kind: 'udp' } & Ports)
  | ({ readonly kind: 'icmp' | 'icmpv6'; readonly type: number; readonly code: number } & MaybeChecked)
  | { readonly kind: 'gre'; readonly protocol: number; readonly key?: number }
  | { readonly kind: 'vxlan'; readonly networkId: number }
  | { readonly kind: 'geneve'; readonly networkId: number; readonly protocol: number };

interface IpFields {
  readonly source: string;
  readonly destination: string;
  /** Of the upper layer; for IPv6 the first next header. */
  readonly protocol: number;
  readonly hopLimit: number;
  /** More fragments follow, or the offset is not 0. */
  readonly isFragment: boolean;
  readonly fragmentOffsetBytes: number;
}

interface Ports extends MaybeChecked {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

interface MaybeChecked {
  /** Absent where it cannot be told: the packet is a fragment or was captured in part, or UDP has none. */
  readonly isChecksumValid?: boolean;
}

/** A layer with its place in the packet. */
export interface PlacedLayer {
  readonly layer: PacketLayer;
  readonly offsetBytes: number;
  readonly headerBytes: number;
}

/** A packet, described. */
export interface PacketDescription {
  /** From the outermost to the innermost. */
  readonly layers: readonly PlacedLayer[];
  /** Name of the innermost protocol that was recognised, such as `TCP`, `ARP` or `ethertype 0x88cc`. */
  readonly protocol: string;
  /** IP addresses of the outermost IP layer, else the MAC addresses; absent when not even those are there. */
  readonly source?: string;
  readonly destination?: string;
  /** Of the transport layer of the outermost IP layer. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** From the outermost tag to the innermost. */
  readonly vlanIds: readonly number[];
  readonly isFragment: boolean;
  /** Whether every checksum that could be checked holds. */
  readonly areChecksumsValid: boolean;
  /** What is wrong with the packet, in one line; absent when nothing is. */
  readonly problem?: string;
}

/**
 * Describes an Ethernet frame; never throws, whatever the bytes.
 * @param bytes the captured bytes
 */
export function describePacket(bytes: Uint8Array): PacketDescription {
  const { layers, protocol, problem } = dissect(bytes);
  return {
    layers,
    protocol,
    ...endpoints(layers),
    vlanIds: layers.flatMap(({ layer }) => (layer.kind === 'vlan' ? [layer.id] : [])),
    isFragment: layers.some(({ layer }) => 'isFragment' in layer && layer.isFragment),
    areChecksumsValid: layers.every(({ layer }) => !('isChecksumValid' in layer) || layer.isChecksumValid !== false),
    ...(problem !== undefined && { problem }),
  };
}

type Endpoints = Pick<PacketDescription, 'source' | 'destination' | 'sourcePort' | 'destinationPort'>;

function endpoints(layers: readonly PlacedLayer[]): Endpoints {
  const ipAt = layers.findIndex(({ layer }) => 'hopLimit' in layer);
  const outer = layers[Math.max(ipAt, 0)]?.layer;
  if (outer === undefined || !('source' in outer)) return {};
  const transport = layers.slice(ipAt + 1).find(({ layer }) => layer.kind !== 'ipv6-extension')?.layer;
  const { source, destination } = outer;
  if (ipAt < 0 || transport === undefined || !('sourcePort' in transport)) return { source, destination };
  const { sourcePort, destinationPort } = transport;
  return { source, destination, sourcePort, destinationPort };
}

/** One line, as `TCP 198.51.100.7:1024 > 192.0.2.1:80 [SYN]`, with what is wrong behind it. */
export function packetLine(bytes: Uint8Array): string {
  const described = describePacket(bytes);
  const { source, destination, sourcePort, destinationPort, problem } = described;
  const end = (address?: string, port?: number): string =>
    port === undefined ? `${address}` : address?.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const ends = source === undefined ? '' : ` ${end(source, sourcePort)} > ${end(destination, destinationPort)}`;
  const marks = [
    ...described.vlanIds.map(id => `vlan ${id}`),
    ...tcpFlags(described),
    described.isFragment ? 'fragment' : '',
  ];
  const shown = marks.filter(mark => mark !== '');
  return `${described.protocol}${ends}${shown.length > 0 ? ` [${shown.join(', ')}]` : ''}${problem ? ` (${problem})` : ''}`;
}

function tcpFlags({ layers }: PacketDescription): string[] {
  const layer = layers.at(-1)?.layer;
  return layer?.kind === 'tcp' ? [FLAG_NAMES.filter((_, bit) => (layer.flags >>> bit) & 1).join(' ')] : [];
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];
