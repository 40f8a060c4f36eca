// Host files: JSON that says what network a program finds around it. The schema stands in host-schema.ts.
import { parseIpv4, parseIpv6, parseMac } from '../capture/addresses.js';
import { during, InputError, messageOf } from '../support/errors.js';
import {
  DEFAULT_KERNEL,
  type Endpoint,
  type Host,
  type HostInterface,
  type HostKernel,
  type HostNeighbour,
  type HostRoute,
  type HostSocket,
  LOOPBACK,
  type Prefix,
  type RouteType,
  type SocketState,
} from './host.js';
import { checkShape, HOST_SCHEMA } from './host-schema.js';

const MAIN_TABLE = 254;
const LOCAL_TABLE = 255;
/** Metric of the routes that an IPv6 address brings (IP6_RT_PRIO_ADDRCONF). */
const IPV6_ADDRESS_METRIC = 256;

/** A host file as JSON, its shape checked. */
interface HostFile {
  readonly interfaces?: readonly InterfaceEntry[];
  readonly routes?: readonly RouteEntry[];
  readonly neighbours?: readonly { readonly address: string; readonly interface: string; readonly mac: string }[];
  readonly sockets?: readonly SocketEntry[];
  readonly cpus?: number;
  readonly kernel?: Partial<HostKernel>;
}

interface InterfaceEntry {
  readonly index: number;
  readonly name: string;
  readonly mac?: string;
  readonly mtu?: number;
  readonly up?: boolean;
  readonly addresses?: readonly string[];
  readonly forwarding?: { readonly ipv4?: boolean; readonly ipv6?: boolean };
  readonly xdpTransmit?: boolean;
  readonly xdpTransmitFragments?: boolean;
}

interface RouteEntry {
  readonly destination: string;
  readonly interface?: string;
  readonly gateway?: string;
  readonly type?: RouteType;
  readonly table?: number;
  readonly metric?: number;
  readonly source?: string;
  readonly mtu?: number;
}

interface SocketEntry {
  readonly protocol: 'tcp' | 'udp';
  readonly local: string;
  readonly remote?: string;
  readonly state?: SocketState;
  readonly interface?: string;
  readonly mark?: number;
  readonly priority?: number;
  readonly ipv6Only?: boolean;
  readonly queueFull?: boolean;
}

/**
 * Reads a host file.
 * @throws InputError `host` naming file, place and what is wrong
 */
export function parseHost(text: string, fileName: string): Host {
  return during(fileName, () => {
    const file = parsed(text);
    checkShape(file, HOST_SCHEMA, '');
    return hostOf(file as HostFile, fileName);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError('host', `not JSON: ${messageOf(error)}`);
  }
}

function hostOf(file: HostFile, fileName: string): Host {
  const entries = file.interfaces ?? [];
  const interfaces = interfacesOf(entries);
  const named: Named = name => byName(interfaces, name);
  const routes = each(file.routes, 'routes', entry => routeOf(entry, named));
  return {
    fileName,
    interfaces,
    routes: [...entries.flatMap((entry, at) => addressRoutes(entry, `interfaces[${at}]`)), ...routes],
    neighbours: each(file.neighbours, 'neighbours', entry => neighbourOf(entry, named)),
    sockets: each(file.sockets, 'sockets', entry => socketOf(entry, named)),
    cpuCount: file.cpus,
    kernel: { ...DEFAULT_KERNEL, ...file.kernel },
  };
}

type Named = (name: string) => HostInterface;

/** Converts each entry; messages name its place. */
function each<From, To>(entries: readonly From[] | undefined, list: string, convert: (entry: From) => To): To[] {
  return (entries ?? []).map((entry, at) => during(`${list}[${at}]`, () => convert(entry)));
}

function interfacesOf(entries: readonly InterfaceEntry[]): HostInterface[] {
  const interfaces = entries.map(interfaceOf);
  const hasLoopback = interfaces.some(({ name, ifindex }) => name === LOOPBACK.name || ifindex === LOOPBACK.ifindex);
  const all = hasLoopback ? interfaces : [LOOPBACK, ...interfaces];
  for (const [at, item] of all.entries()) {
    const other = all.slice(0, at).find(({ name, ifindex }) => name === item.name || ifindex === item.ifindex);
    if (other !== undefined)
      throw new InputError(
        'host',
        `interfaces: ${item.name} (index ${item.ifindex}) and ${other.name} (index ${other.ifindex}) collide`,
      );
  }
  return all;
}

function interfaceOf(entry: InterfaceEntry): HostInterface {
  const isLoopback = entry.name === LOOPBACK.name;
  return {
    ifindex: entry.index,
    name: entry.name,
    mtuBytes: entry.mtu ?? (isLoopback ? LOOPBACK.mtuBytes : 1500),
    headerBytes: LOOPBACK.headerBytes,
    mac: entry.mac === undefined ? new Uint8Array(6) : parseMac(entry.mac),
    isUp: entry.up ?? true,
    transmits: entry.xdpTransmit ?? !isLoopback,
    transmitsFragments: entry.xdpTransmitFragments ?? entry.xdpTransmit ?? !isLoopback,
    forwardsIpv4: entry.forwarding?.ipv4 ?? false,
    forwardsIpv6: entry.forwarding?.ipv6 ?? false,
  };
}

function byName(interfaces: readonly HostInterface[], name: string): HostInterface {
  const found = interfaces.find(item => item.name === name);
  if (found !== undefined) return found;
  throw new InputError('host', `no interface ${name}; the file has ${interfaces.map(item => item.name).join(', ')}`);
}

/** The routes that Linux makes for an interface's address: to its network, and to itself. */
function addressRoutes(entry: InterfaceEntry, where: string): HostRoute[] {
  return each(entry.addresses, `${where}.addresses`, text => {
    const { address, prefixBits } = prefixOf(text);
    const metric = address.byteLength === 4 ? 0 : IPV6_ADDRESS_METRIC;
    const common = { ifindex: entry.index, gateway: undefined, source: address, mtuBytes: undefined };
    const own = { address, prefixBits: 8 * address.byteLength };
    const network = { address: masked(address, prefixBits), prefixBits };
    const toSelf: HostRoute = { ...common, destination: own, type: 'local', table: LOCAL_TABLE, metric: 0 };
    const toNetwork: HostRoute = { ...common, destination: network, type: 'unicast', table: MAIN_TABLE, metric };
    return prefixBits === own.prefixBits ? [toSelf] : [toSelf, toNetwork];
  }).flat();
}

function masked(address: Uint8Array, prefixBits: number): Uint8Array {
  return address.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, prefixBits - 8 * at))));
}

function routeOf(entry: RouteEntry, named: Named): HostRoute {
  const type = entry.type ?? 'unicast';
  if (type === 'unicast' && entry.interface === undefined) throw new InputError('host', 'interface is missing');
  const destination = prefixOf(entry.destination);
  return {
    destination: { ...destination, address: masked(destination.address, destination.prefixBits) },
    type,
    table: entry.table ?? MAIN_TABLE,
    metric: entry.metric ?? (destination.address.byteLength === 4 ? 0 : 1024),
    ifindex: entry.interface === undefined ? 0 : named(entry.interface).ifindex,
    gateway: entry.gateway === undefined ? undefined : addressOf(entry.gateway),
    source: entry.source === undefined ? undefined : addressOf(entry.source),
    mtuBytes: entry.mtu,
  };
}

function neighbourOf(
  { address, interface: name, mac }: { readonly address: string; readonly interface: string; readonly mac: string },
  named: Named,
): HostNeighbour {
  return { address: addressOf(address), ifindex: named(name).ifindex, mac: parseMac(mac) };
}

function socketOf(entry: SocketEntry, named: Named): HostSocket {
  const remote = entry.remote === undefined ? undefined : endpointOf(entry.remote);
  const idle = entry.protocol === 'tcp' ? 'listen' : 'close';
  const state = entry.state ?? (remote === undefined ? idle : 'established');
  if (entry.protocol === 'udp' && entry.state !== undefined)
    throw new InputError('host', 'state: UDP sockets have none');
  return {
    protocol: entry.protocol,
    state,
    local: endpointOf(entry.local),
    remote,
    ifindex: entry.interface === undefined ? 0 : named(entry.interface).ifindex,
    mark: entry.mark ?? 0,
    priority: entry.priority ?? 0,
    isIpv6Only: entry.ipv6Only ?? false,
    isQueueFull: entry.queueFull ?? false,
  };
}

function addressOf(text: string): Uint8Array {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function prefixOf(text: string): Prefix {
  const [head = '', bits, ...rest] = text.split('/');
  const address = addressOf(head);
  const prefixBits = bits === undefined ? 8 * address.byteLength : Number(bits);
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits ?? '0') || prefixBits > 8 * address.byteLength)
    throw new InputError('host', `${JSON.stringify(text)} is no prefix`);
  return { address, prefixBits };
}

/** `192.0.2.1:80` or `[2001:db8::1]:443`. */
function endpointOf(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 0xffff)
    throw new InputError('host', `${JSON.stringify(text)} is no address with a port`);
  return { address: match[1] === undefined ? parseIpv4(match[2]!) : parseIpv6(match[1]), port };
}

/** The text of the interfaces that a host has, for messages: `lo (1), eth0 (2)`. */
export function interfaceList(host: Host): string {
  return host.interfaces.map(({ name, ifindex }) => `${name} (${ifindex})`).join(', ');
}
