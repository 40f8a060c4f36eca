// Helpers that find sockets, and make and check SYN cookies.
import { ERRNO } from '../../platform/errno.js';
import type { Endpoint, HostSocket } from '../host.js';
import type { Machine } from '../machine.js';
import { isFullSocket, type OpenSocket, type SocketTuple } from '../sockets.js';
import { checkCookie, type Handshake, type IpVersion, makeCookie } from '../syncookies.js';
import { constant, give, giveExact, type Helper, type Implementation, low, real, wide } from './words.js';

const NOTE = 'sockets of the host file';
/** Sizes of a struct bpf_sock_tuple with its IPv4 and IPv6 half. */
const TUPLE_BYTES: readonly number[] = [12, 36];
const TCP_BYTES = 20;
const IP_BYTES = { 4: 20, 6: 40 } as const;
const SYN = 0x02;
const ACK = 0x10;
const FIN_RST = 0x05;
const RST = 0x04;
/** For so long after a SYN cookie was made, an ACK may bring one back (TCP_SYNCOOKIE_VALID). */
const OVERFLOW_NANOS = 120_000_000_000n;

function lookup(protocol: HostSocket['protocol'], mustBeFull: boolean): Helper {
  return (machine, words) => {
    const socket = find(machine, words, protocol);
    give(words, socket === undefined || (mustBeFull && !isFullSocket(socket)) ? 0 : socket.address);
  };
}

/** Only the own namespace (a negative number) is known. */
function find(machine: Machine, words: Uint32Array, protocol: HostSocket['protocol']): OpenSocket | undefined {
  const [tuple, sizeBytes, namespace] = [low(words, 2), low(words, 3), words[8]! | 0];
  if (!TUPLE_BYTES.includes(sizeBytes) || namespace >= 0 || wide(words, 5) !== 0) return undefined;
  const bytes = machine.memory.bytes.subarray(tuple, tuple + sizeBytes);
  return machine.sockets.find(protocol, tupleOf(bytes), machine.packet.ingressIfindex);
}

/** Source address, destination address, source port, destination port. */
function tupleOf(bytes: Uint8Array): SocketTuple {
  const addressBytes = (bytes.byteLength - 4) / 2;
  const port = (at: number): number => (bytes[2 * addressBytes + at]! << 8) | bytes[2 * addressBytes + at + 1]!;
  const end = (start: number, portAt: number): Endpoint => ({
    address: bytes.subarray(start, start + addressBytes),
    port: port(portAt),
  });
  return { remote: end(0, 0), local: end(addressBytes, 2) };
}

const release: Helper = (machine, words) => {
  machine.sockets.at(wide(words, 1));
  give(words, 0);
};

/** A pointer to a larger struct of the socket, NULL where the socket is none of these. */
function convert(type: string, isSuch: (socket: OpenSocket) => boolean): Helper {
  return (machine, words) => {
    if (wide(words, 1) === 0) return give(words, 0);
    const socket = machine.sockets.at(wide(words, 1));
    give(words, isSuch(socket) ? machine.sockets.as(type, socket) : 0);
  };
}

const isTcp = (socket: OpenSocket): boolean => socket.facts.protocol === 'tcp' && isFullSocket(socket);
const isIpv6 = ({ facts }: OpenSocket): boolean => facts.local.address.byteLength === 16;

const CONVERTED = 'NULL or a pointer whose fields cannot be read';

const generate: Helper = (machine, words) => {
  const socket = machine.sockets.at(wide(words, 1));
  const { facts } = socket;
  const flags = tcpFlags(machine, words);
  const cookies = machine.host.kernel.tcpSynCookies;
  if (low(words, 5) < TCP_BYTES || low(words, 5) !== headerLength(machine, low(words, 4)) || !isListening(facts))
    return give(words, -ERRNO.EINVAL);
  if (cookies === 0) return give(words, -ERRNO.ENOENT);
  if ((flags & SYN) === 0 || (flags & (ACK | FIN_RST)) !== 0) return give(words, -ERRNO.EINVAL);
  const handshake = handshakeFor(machine, words, facts);
  if (typeof handshake === 'number') return give(words, handshake);
  if (cookies !== 2 && !facts.isQueueFull) return give(words, -ERRNO.ENOENT);
  socket.overflowNanos = machine.timestampNanos;
  giveCookie(machine, words, handshake);
};

const check: Helper = (machine, words) => {
  const socket = machine.sockets.at(wide(words, 1));
  const { facts, overflowNanos } = socket;
  const flags = tcpFlags(machine, words);
  if (low(words, 5) < TCP_BYTES || !isListening(facts)) return give(words, -ERRNO.EINVAL);
  if (machine.host.kernel.tcpSynCookies === 0) return give(words, -ERRNO.EINVAL);
  if ((flags & ACK) === 0 || (flags & (RST | SYN)) !== 0) return give(words, -ERRNO.ENOENT);
  const isRecent = overflowNanos !== undefined && machine.timestampNanos - overflowNanos <= OVERFLOW_NANOS;
  if (low(words, 3) >= IP_BYTES[4] && !isRecent) return give(words, -ERRNO.ENOENT);
  const handshake = handshakeFor(machine, words, facts);
  if (typeof handshake === 'number') return give(words, handshake);
  give(words, checkCookie(handshake, machine.timestampNanos) > 0 ? 0 : -ERRNO.ENOENT);
};

const isListening = ({ protocol, state }: HostSocket): boolean => protocol === 'tcp' && state === 'listen';

function tcpFlags(machine: Machine, words: Uint32Array): number {
  return machine.memory.bytes[low(words, 4) + 13]!;
}

/** What a TCP header says about its own length. */
function headerLength(machine: Machine, tcp: number): number {
  return (machine.memory.bytes[tcp + 12]! >> 4) * 4;
}

/** Both headers where the socket takes that IP version, else a negative errno. */
function handshakeFor(machine: Machine, words: Uint32Array, socket: HostSocket): Handshake | number {
  const [ip, ipBytes] = [low(words, 2), low(words, 3)];
  if (ipBytes < IP_BYTES[4]) return -ERRNO.EINVAL;
  const version = machine.memory.bytes[ip]! >> 4;
  if (version !== 4 && version !== 6) return -ERRNO.EPROTONOSUPPORT;
  const isIpv6Socket = socket.local.address.byteLength === 16;
  const isRefused = version === 4 ? isIpv6Socket && socket.isIpv6Only : ipBytes < IP_BYTES[6] || !isIpv6Socket;
  return isRefused ? -ERRNO.EINVAL : headersAt(machine, version, ip, low(words, 4), low(words, 5));
}

function headersAt(machine: Machine, version: IpVersion, ip: number, tcp: number, tcpBytes: number): Handshake {
  const { bytes } = machine.memory;
  return { version, ip: bytes.subarray(ip, ip + IP_BYTES[version]), tcp: bytes.subarray(tcp, tcp + tcpBytes) };
}

/** The cookie, the MSS in the upper half. */
function giveCookie(machine: Machine, words: Uint32Array, handshake: Handshake): void {
  const { cookie, mssBytes } = makeCookie(handshake, machine.timestampNanos);
  giveExact(words, BigInt(cookie) | (BigInt(mssBytes) << 32n));
}

function generateRaw(version: IpVersion): Helper {
  return (machine, words) => {
    const [ip, tcp, tcpBytes] = [low(words, 1), low(words, 2), low(words, 3)];
    if (tcpBytes < TCP_BYTES || tcpBytes !== headerLength(machine, tcp)) return give(words, -ERRNO.EINVAL);
    giveCookie(machine, words, headersAt(machine, version, ip, tcp, tcpBytes));
  };
}

function checkRaw(version: IpVersion): Helper {
  return (machine, words) => {
    const handshake = headersAt(machine, version, low(words, 1), low(words, 2), TCP_BYTES);
    give(words, checkCookie(handshake, machine.timestampNanos) > 0 ? 0 : -ERRNO.EACCES);
  };
}

const SECRET = 'a fixed secret';

/** Implementations, by the helper's name. */
export const SOCKET_HELPERS = {
  sk_lookup_tcp: real(lookup('tcp', true), NOTE),
  sk_lookup_udp: real(lookup('udp', true), NOTE),
  skc_lookup_tcp: real(lookup('tcp', false), NOTE),
  sk_release: real(release),
  skc_to_tcp_sock: real(convert('tcp_sock', isTcp), CONVERTED),
  skc_to_tcp6_sock: real(
    convert('tcp6_sock', socket => isTcp(socket) && isIpv6(socket)),
    CONVERTED,
  ),
  skc_to_tcp_timewait_sock: real(
    convert('tcp_timewait_sock', ({ facts }) => facts.state === 'time-wait'),
    CONVERTED,
  ),
  skc_to_tcp_request_sock: real(
    convert('tcp_request_sock', ({ facts }) => facts.state === 'new-syn-received'),
    CONVERTED,
  ),
  skc_to_udp6_sock: real(
    convert('udp6_sock', socket => socket.facts.protocol === 'udp' && isIpv6(socket)),
    CONVERTED,
  ),
  skc_to_unix_sock: constant('NULL: lookups find no Unix sockets', (_machine, words) => give(words, 0)),
  skc_to_mptcp_sock: constant('NULL: no MPTCP', (_machine, words) => give(words, 0)),
  tcp_gen_syncookie: real(generate, SECRET),
  tcp_check_syncookie: real(check, SECRET),
  tcp_raw_gen_syncookie_ipv4: real(generateRaw(4), SECRET),
  tcp_raw_gen_syncookie_ipv6: real(generateRaw(6), SECRET),
  tcp_raw_check_syncookie_ipv4: real(checkRaw(4), SECRET),
  tcp_raw_check_syncookie_ipv6: real(checkRaw(6), SECRET),
} as const satisfies Record<string, Implementation>;
