// The JSON Schema of host files, and a check of values against the part of JSON Schema that it uses, so that reader and schema cannot differ.
import { InputError } from '../support/errors.js';
import { SOCKET_STATES } from './host.js';

/** The part of JSON Schema that is used here. */
export interface Schema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly items?: Schema;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

const U32 = 0xffff_ffff;

const text = (description: string): Schema => ({ type: 'string', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const whole = (minimum: number, maximum: number, description: string): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
});
const choice = (values: readonly string[], description: string): Schema => ({
  type: 'string',
  enum: values,
  description,
});
const list = (items: Schema, description: string): Schema => ({ type: 'array', items, description });

function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const MAC: Schema = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{1,2}([:-][0-9a-fA-F]{1,2}){5}$',
  description: 'hardware address',
};
const INTERFACE = text('name of an interface of this file');

const INTERFACES = closed(
  {
    index: whole(1, 0x7fff_ffff, 'interface index'),
    name: { type: 'string', maxLength: 15, pattern: '^[^/\\s]+$', description: 'name' },
    mac: MAC,
    mtu: whole(68, 65_536, 'largest network-layer packet in bytes; 1500 unless given'),
    up: flag('whether it is up; true unless given'),
    addresses: list(text('address with the length of its prefix: 192.0.2.1/24'), 'addresses; each brings its routes'),
    forwarding: closed(
      { ipv4: flag('net.ipv4.conf.NAME.forwarding'), ipv6: flag('net.ipv6.conf.NAME.forwarding') },
      [],
    ),
    xdpTransmit: flag('whether its driver takes redirected frames; true unless given, for lo false'),
    xdpTransmitFragments: flag('and those of several buffers; true unless given, for lo false'),
  },
  ['index', 'name'],
);

const ROUTES = closed(
  {
    destination: text('prefix: 10.0.0.0/8, ::/0'),
    interface: INTERFACE,
    gateway: text('address of the next hop; none for destinations on the link'),
    type: choice(['unicast', 'blackhole', 'unreachable', 'prohibit'], 'unicast unless given'),
    table: whole(1, U32, 'number of the table; 254, the main one, unless given'),
    metric: whole(0, U32, 'lower ones are preferred; 0 unless given'),
    source: text('preferred source address'),
    mtu: whole(68, 65_535, 'locked MTU of the route'),
  },
  ['destination'],
);

const NEIGHBOURS = closed({ address: text('IPv4 or IPv6 address'), interface: INTERFACE, mac: MAC }, [
  'address',
  'interface',
  'mac',
]);

const SOCKETS = closed(
  {
    protocol: choice(['tcp', 'udp'], 'protocol'),
    local: text('own address and port: 192.0.2.1:80, [::]:443'),
    remote: text('peer of a connected socket'),
    state: choice(Object.keys(SOCKET_STATES), 'of TCP; established with a remote, else listen, unless given'),
    interface: INTERFACE,
    mark: whole(0, U32, 'SO_MARK'),
    priority: whole(0, U32, 'SO_PRIORITY'),
    ipv6Only: flag('whether an IPv6 socket takes no IPv4; false unless given'),
    queueFull: flag('whether SYN cookies are needed; false unless given'),
  },
  ['protocol', 'local'],
);

/** The schema (JSON Schema draft 2020-12) of a host file. */
export const HOST_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'xdpsim host',
  description: 'The network around an XDP program: what its helpers find there.',
  ...closed(
    {
      $schema: text('this schema'),
      interfaces: list(INTERFACES, 'network interfaces; lo, index 1, is there unless given'),
      routes: list(ROUTES, 'routes beside those that the addresses of interfaces bring'),
      neighbours: list(NEIGHBOURS, 'resolved neighbours'),
      sockets: list(SOCKETS, 'open sockets'),
      cpus: whole(1, 256, 'possible CPUs'),
      kernel: closed(
        {
          tcpSynCookies: whole(0, 2, 'net.ipv4.tcp_syncookies; 1 unless given'),
          ticksPerSecond: whole(1, 10_000, 'CONFIG_HZ; 250 unless given'),
        },
        [],
      ),
    },
    [],
  ),
};

/**
 * @param where the value's place, for messages
 * @throws InputError `host` naming the place and what is wrong
 */
export function checkShape(value: unknown, schema: Schema, where: string): void {
  if (!hasType(value, schema.type)) throw wrong(where, `${shown(value)} is no ${schema.type}`);
  if (schema.enum !== undefined && !schema.enum.includes(value as string))
    throw wrong(where, `${shown(value)} is none of ${schema.enum.join(', ')}`);
  if (typeof value === 'number') checkNumber(value, schema, where);
  else if (typeof value === 'string') checkText(value, schema, where);
  else if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) if (schema.items) checkShape(item, schema.items, `${where}[${at}]`);
  } else if (schema.type === 'object') checkObject(value as Readonly<Record<string, unknown>>, schema, where);
}

function hasType(value: unknown, type: Schema['type']): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function checkNumber(value: number, { minimum = 0, maximum = U32 }: Schema, where: string): void {
  if (value < minimum || value > maximum) throw wrong(where, `${value} is not from ${minimum} to ${maximum}`);
}

function checkText(value: string, { pattern, maxLength }: Schema, where: string): void {
  if (maxLength !== undefined && value.length > maxLength)
    throw wrong(where, `${shown(value)} is longer than ${maxLength} characters`);
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    throw wrong(where, `${shown(value)} does not match ${pattern}`);
}

function checkObject(value: Readonly<Record<string, unknown>>, schema: Schema, where: string): void {
  const properties = schema.properties ?? {};
  for (const [name, item] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known === undefined)
      throw wrong(where, `unknown property ${shown(name)}; known are ${Object.keys(properties).join(', ')}`);
    checkShape(item, known, where === '' ? name : `${where}.${name}`);
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) throw wrong(where, `${name} is missing`);
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function wrong(where: string, claim: string): InputError {
  return new InputError('host', where === '' ? claim : `${where}: ${claim}`);
}
