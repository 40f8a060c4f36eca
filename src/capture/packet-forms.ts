// The layers of packets as people write them: names, fields and what each field takes. One table, read by the text notation of
// packet-text.ts and by specs, and printed as JSON Schema.
import { fromHex } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { parseIpv4, parseIpv6, parseMac } from './addresses.js';
import { ipv4, ipv6, ipv6Extension, ipv6Fragment } from './packet-ip.js';
import { type Layer, raw } from './packet-layer.js';
import { arp, ethernet, vlan } from './packet-link.js';
import { geneve, gre, icmp, icmpv6, tcp, udp, vxlan } from './packet-transport.js';
import { TCP_FLAG } from './protocols.js';

/** What a field takes; a number is the greatest value of a whole number from 0 on, `offset` a fragment's, in bytes. */
export type FieldKind =
  | number
  | 'offset'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'boolean'
  | 'flags'
  | 'hex'
  | 'text'
  | readonly string[];

/** A layer that can be written. */
export interface LayerForm {
  /** Fields by name. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** The two fields that `A > B` gives. */
  readonly pair?: readonly [string, string];
  /** The field that a bare word gives. */
  readonly main?: string;
  /** What fields are when nothing is said. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly build: (fields: never) => Layer;
}

const U8 = 0xff;
const U16 = 0xffff;
const U32 = 0xffff_ffff;
const U20 = 0xf_ffff;
const U24 = 0xff_ffff;
const PORTS = { sourcePort: U16, destinationPort: U16 } as const;
const ENDS = ['source', 'destination'] as const;
const PORT_ENDS = ['sourcePort', 'destinationPort'] as const;
const ICMP = { type: U8, code: U8, rest: U32, checksum: U16 } as const;
const MAX_PLAIN_BYTES = 65_535;

/** All layers, by name. */
export const LAYER_FORMS = {
  ethernet: {
    fields: { source: 'mac', destination: 'mac', etherType: U16, padToBytes: MAX_PLAIN_BYTES },
    pair: ENDS,
    build: ethernet,
  },
  vlan: {
    fields: { id: 0xfff, priority: 7, isDropEligible: 'boolean', tagType: U16, etherType: U16 },
    main: 'id',
    defaults: { id: 0 },
    build: vlan,
  },
  arp: {
    fields: {
      operation: ['request', 'reply'],
      senderMac: 'mac',
      senderAddress: 'ipv4',
      targetMac: 'mac',
      targetAddress: 'ipv4',
    },
    pair: ['senderAddress', 'targetAddress'],
    main: 'operation',
    defaults: {
      operation: 'request',
      senderMac: '02:00:00:00:00:01',
      senderAddress: '192.0.2.1',
      targetAddress: '192.0.2.2',
    },
    build: arp,
  },
  ipv4: {
    fields: {
      source: 'ipv4',
      destination: 'ipv4',
      ttl: U8,
      protocol: U8,
      trafficClass: U8,
      identification: U16,
      dontFragment: 'boolean',
      moreFragments: 'boolean',
      fragmentOffsetBytes: 'offset',
      options: 'hex',
      version: 15,
      headerLengthWords: 15,
      totalLength: U16,
      checksum: U16,
    },
    pair: ENDS,
    defaults: { source: '192.0.2.1', destination: '192.0.2.2' },
    build: ipv4,
  },
  ipv6: {
    fields: {
      source: 'ipv6',
      destination: 'ipv6',
      hopLimit: U8,
      trafficClass: U8,
      flowLabel: U20,
      nextHeader: U8,
      version: 15,
      payloadLength: U16,
    },
    pair: ENDS,
    defaults: { source: '2001:db8::1', destination: '2001:db8::2' },
    build: ipv6,
  },
  extension: {
    fields: {
      kind: ['hopByHop', 'routing', 'destinationOptions'],
      content: 'hex',
      nextHeader: U8,
      lengthUnits: U8,
    },
    main: 'kind',
    defaults: { kind: 'destinationOptions' },
    build: ipv6Extension,
  },
  fragment: {
    fields: { identification: U32, offsetBytes: 'offset', moreFragments: 'boolean', nextHeader: U8 },
    defaults: { identification: 0, offsetBytes: 0, moreFragments: false },
    build: ipv6Fragment,
  },
  tcp: {
    fields: {
      ...PORTS,
      sequence: U32,
      acknowledgement: U32,
      flags: 'flags',
      window: U16,
      urgentPointer: U16,
      options: 'hex',
      dataOffsetWords: 15,
      checksum: U16,
    },
    pair: PORT_ENDS,
    main: 'flags',
    defaults: { sourcePort: 40_000, destinationPort: 80 },
    build: tcp,
  },
  udp: {
    fields: { ...PORTS, length: U16, checksum: U16 },
    pair: PORT_ENDS,
    defaults: { sourcePort: 40_000, destinationPort: 53 },
    build: udp,
  },
  icmp: { fields: ICMP, main: 'type', defaults: { type: 8 }, build: icmp },
  icmpv6: { fields: ICMP, main: 'type', defaults: { type: 128 }, build: icmpv6 },
  gre: { fields: { protocol: U16, hasChecksum: 'boolean', key: U32, sequence: U32 }, build: gre },
  vxlan: { fields: { networkId: U24, flags: U8 }, main: 'networkId', defaults: { networkId: 1 }, build: vxlan },
  geneve: {
    fields: { networkId: U24, protocol: U16, options: 'hex' },
    main: 'networkId',
    defaults: { networkId: 1 },
    build: geneve,
  },
  text: {
    fields: { text: 'text' },
    main: 'text',
    defaults: { text: '' },
    build: (it: { text: string }) => raw(it.text),
  },
  hex: {
    fields: { bytes: 'hex' },
    main: 'bytes',
    defaults: { bytes: new Uint8Array(0) },
    build: (it: { bytes: Uint8Array }) => raw(it.bytes),
  },
  zeros: {
    fields: { lengthBytes: MAX_PLAIN_BYTES },
    main: 'lengthBytes',
    defaults: { lengthBytes: 0 },
    build: (it: { lengthBytes: number }) => raw(new Uint8Array(it.lengthBytes)),
  },
} as const satisfies Readonly<Record<string, LayerForm>>;

/** Name of a layer that can be written. */
export type LayerName = keyof typeof LAYER_FORMS;

/** The form of that name. Throws InputError `packet` naming what there is. */
export function layerForm(name: string): LayerForm {
  if (Object.hasOwn(LAYER_FORMS, name)) return LAYER_FORMS[name as LayerName];
  throw new InputError('packet', `no layer ${name}; there are ${Object.keys(LAYER_FORMS).join(', ')}`);
}

/**
 * The layer with fields as they are written: numbers as numbers or text, addresses and flags as text.
 * @throws InputError `packet` naming the field and what is wrong with it
 */
export function buildLayer(name: string, written: Readonly<Record<string, unknown>>): Layer {
  const form = layerForm(name);
  const given = Object.entries(written).map(([field, value]) => [field, fieldValue(name, form, field, value)]);
  return form.build({ ...form.defaults, ...Object.fromEntries(given) } as never);
}

function fieldValue(layer: string, form: LayerForm, field: string, value: unknown): unknown {
  const kind = Object.hasOwn(form.fields, field) ? form.fields[field] : undefined;
  if (kind === undefined) {
    throw new InputError('packet', `${layer}: no field ${field}; there are ${Object.keys(form.fields).join(', ')}`);
  }
  try {
    return readField(kind, value);
  } catch (error) {
    if (error instanceof InputError) throw new InputError('packet', `${layer}: ${field}: ${error.message}`);
    throw error;
  }
}

function readField(kind: FieldKind, value: unknown): unknown {
  if (typeof kind === 'number') return readNumber(value, kind);
  if (typeof kind === 'object') return readChoice(value, kind);
  switch (kind) {
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw wrong('true or false', value);
    case 'offset': {
      const bytes = readNumber(value, 65_528);
      if (bytes % 8 !== 0) throw wrong('a multiple of 8', value);
      return bytes;
    }
    case 'flags':
      return readFlags(value);
    case 'hex':
      return readHex(value);
    case 'text':
      return String(value);
    case 'mac':
      parseMac(String(value));
      return String(value);
    case 'ipv4':
      parseIpv4(String(value));
      return String(value);
    case 'ipv6':
      parseIpv6(String(value));
      return String(value);
  }
}

function readNumber(value: unknown, greatest: number): number {
  const text = String(value);
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= greatest) return number;
  throw wrong(`a whole number from 0 to ${greatest}`, value);
}

function readChoice(value: unknown, choices: readonly string[]): string {
  const text = String(value);
  if (choices.includes(text)) return text;
  throw wrong(choices.join(' or '), value);
}

function readFlags(value: unknown): readonly string[] {
  const names = (Array.isArray(value) ? value.map(String) : String(value).split(/[,+ ]+/)).filter(name => name !== '');
  const unknown = names.find(name => !Object.hasOwn(TCP_FLAG, name));
  if (unknown !== undefined) throw wrong(`flags of ${Object.keys(TCP_FLAG).join(', ')}`, unknown);
  return names;
}

/** Bytes of hexadecimal text; spaces, colons and line breaks between them do not count. Throws InputError `packet`. */
export function readHex(value: unknown): Uint8Array {
  const digits = String(value)
    .replace(/^0x/i, '')
    .replace(/[\s:_-]/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) throw wrong('bytes in hexadecimal', value);
  return fromHex(digits);
}

function wrong(wanted: string, value: unknown): InputError {
  return new InputError('packet', `not ${wanted}: ${(JSON.stringify(value) ?? 'nothing').slice(0, 60)}`);
}
