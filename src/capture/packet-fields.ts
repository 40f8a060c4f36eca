// The header fields of a packet with their places and values, for people who compare packets. Field tables from the RFCs that
// packet-*.ts names.
import { formatIpv4, formatIpv6, formatMac } from './addresses.js';
import { describePacket, type PacketLayer, type PlacedLayer } from './describe.js';
import { TCP_FLAG } from './protocols.js';

/** A field of a header. */
export interface PacketField {
  /** `ipv4.ttl`; with a number behind the layer where the packet has several: `vlan#2.id`. */
  readonly name: string;
  /** From the packet's start. */
  readonly offsetBits: number;
  readonly lengthBits: number;
  readonly text: string;
}

/** A layer's header with its fields. */
export interface LayerFields {
  readonly kind: PacketLayer['kind'];
  readonly fields: readonly PacketField[];
}

type Format = 'number' | 'hex' | 'mac' | 'ipv4' | 'ipv6' | 'flags' | 'bytes';
/** Name, length in bits and how it is shown; fields follow each other. */
type Row = readonly [name: string, bits: number, format?: Format];

const ROWS: Readonly<Record<PacketLayer['kind'], readonly Row[]>> = {
  ethernet: [
    ['destination', 48, 'mac'],
    ['source', 48, 'mac'],
    ['etherType', 16, 'hex'],
  ],
  vlan: [
    ['priority', 3],
    ['isDropEligible', 1],
    ['id', 12],
    ['etherType', 16, 'hex'],
  ],
  mpls: [
    ['label', 20],
    ['trafficClass', 3],
    ['isLast', 1],
    ['ttl', 8],
  ],
  arp: [
    ['hardware', 16],
    ['protocol', 16, 'hex'],
    ['hardwareLength', 8],
    ['protocolLength', 8],
    ['operation', 16],
    ['senderMac', 48, 'mac'],
    ['senderAddress', 32, 'ipv4'],
    ['targetMac', 48, 'mac'],
    ['targetAddress', 32, 'ipv4'],
  ],
  ipv4: [
    ['version', 4],
    ['headerLengthWords', 4],
    ['trafficClass', 8, 'hex'],
    ['totalLength', 16],
    ['identification', 16, 'hex'],
    ['reserved', 1],
    ['dontFragment', 1],
    ['moreFragments', 1],
    ['fragmentOffset', 13],
    ['ttl', 8],
    ['protocol', 8],
    ['checksum', 16, 'hex'],
    ['source', 32, 'ipv4'],
    ['destination', 32, 'ipv4'],
  ],
  ipv6: [
    ['version', 4],
    ['trafficClass', 8, 'hex'],
    ['flowLabel', 20, 'hex'],
    ['payloadLength', 16],
    ['nextHeader', 8],
    ['hopLimit', 8],
    ['source', 128, 'ipv6'],
    ['destination', 128, 'ipv6'],
  ],
  'ipv6-extension': [
    ['nextHeader', 8],
    ['lengthUnits', 8],
  ],
  tcp: [
    ['sourcePort', 16],
    ['destinationPort', 16],
    ['sequence', 32],
    ['acknowledgement', 32],
    ['dataOffsetWords', 4],
    ['reserved', 4],
    ['flags', 8, 'flags'],
    ['window', 16],
    ['checksum', 16, 'hex'],
    ['urgentPointer', 16],
  ],
  udp: [
    ['sourcePort', 16],
    ['destinationPort', 16],
    ['length', 16],
    ['checksum', 16, 'hex'],
  ],
  icmp: icmpRows(),
  icmpv6: icmpRows(),
  gre: [
    ['flags', 16, 'hex'],
    ['protocol', 16, 'hex'],
  ],
  vxlan: [
    ['flags', 8, 'hex'],
    ['reserved', 24, 'hex'],
    ['networkId', 24],
    ['reserved2', 8, 'hex'],
  ],
  geneve: [
    ['version', 2],
    ['optionWords', 6],
    ['flags', 8, 'hex'],
    ['protocol', 16, 'hex'],
    ['networkId', 24],
    ['reserved', 8, 'hex'],
  ],
};

function icmpRows(): readonly Row[] {
  return [
    ['type', 8],
    ['code', 8],
    ['checksum', 16, 'hex'],
  ];
}

/** The layers that are recognised in a frame, with all fields of their headers; what a header has beyond its table is `options`. */
export function fieldsOfPacket(bytes: Uint8Array): readonly LayerFields[] {
  const { layers } = describePacket(bytes);
  return layers.map((placed, at) => layerFields(bytes, placed, nameOfLayer(layers, at)));
}

function nameOfLayer(layers: readonly PlacedLayer[], at: number): string {
  const { kind } = layers[at]!.layer;
  const same = layers.filter(({ layer }) => layer.kind === kind);
  return same.length === 1 ? kind : `${kind}#${same.indexOf(layers[at]!) + 1}`;
}

function layerFields(bytes: Uint8Array, { layer, offsetBytes, headerBytes }: PlacedLayer, name: string): LayerFields {
  const fields: PacketField[] = [];
  const end = 8 * (offsetBytes + headerBytes);
  let at = 8 * offsetBytes;
  for (const [field, lengthBits, format = 'number'] of ROWS[layer.kind]) {
    if (at + lengthBits > end) break;
    const text = formatField(bytes, at, lengthBits, format);
    fields.push({ name: `${name}.${field}`, offsetBits: at, lengthBits, text: text + checksumMark(layer, field) });
    at += lengthBits;
  }
  if (at < end) {
    const text = formatField(bytes, at, end - at, 'bytes');
    fields.push({ name: `${name}.options`, offsetBits: at, lengthBits: end - at, text });
  }
  return { kind: layer.kind, fields };
}

function checksumMark(layer: PacketLayer, field: string): string {
  if (field !== 'checksum' || !('isChecksumValid' in layer) || layer.isChecksumValid === undefined) return '';
  return layer.isChecksumValid ? ' (right)' : ' (wrong)';
}

function formatField(bytes: Uint8Array, offsetBits: number, lengthBits: number, format: Format): string {
  const offset = offsetBits >>> 3;
  switch (format) {
    case 'mac':
      return formatMac(bytes, offset);
    case 'ipv4':
      return formatIpv4(bytes, offset);
    case 'ipv6':
      return formatIpv6(bytes, offset);
    case 'bytes':
      return shortHex(bytes.subarray(offset, offset + (lengthBits >>> 3)));
    case 'hex':
      return `0x${bitsAt(bytes, offsetBits, lengthBits)
        .toString(16)
        .padStart(Math.ceil(lengthBits / 4), '0')}`;
    case 'flags':
      return flagNames(bitsAt(bytes, offsetBits, lengthBits));
    case 'number':
      return String(bitsAt(bytes, offsetBits, lengthBits));
  }
}

function flagNames(bits: number): string {
  const names = Object.entries(TCP_FLAG).flatMap(([name, bit]) => ((bits & bit) !== 0 ? [name] : []));
  return names.length === 0 ? 'none' : names.join(' ');
}

/** The number in up to 32 bits, in network order. */
export function bitsAt(bytes: Uint8Array, offsetBits: number, lengthBits: number): number {
  let value = 0;
  for (let at = offsetBits; at < offsetBits + lengthBits; at++) {
    value = value * 2 + ((bytes[at >>> 3]! >>> (7 - (at & 7))) & 1);
  }
  return value;
}

/** Writes a number into up to 32 bits, in network order. */
export function setBitsAt(bytes: Uint8Array, offsetBits: number, lengthBits: number, value: number): void {
  let rest = value;
  for (let at = offsetBits + lengthBits - 1; at >= offsetBits; at--) {
    const mask = 0x80 >>> (at & 7);
    bytes[at >>> 3] = rest % 2 === 1 ? bytes[at >>> 3]! | mask : bytes[at >>> 3]! & ~mask;
    rest = Math.floor(rest / 2);
  }
}

const SHOWN_BYTES = 24;

/** Bytes in hexadecimal with a space between them; long ones are cut and say so. */
export function shortHex(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, SHOWN_BYTES), byte => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.byteLength > SHOWN_BYTES ? `${shown} ... (${bytes.byteLength} bytes)` : shown;
}
