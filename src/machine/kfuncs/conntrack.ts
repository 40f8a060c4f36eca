// Kernel functions on tracked connections. Linux net/netfilter/nf_conntrack_bpf.c, net/netfilter/nf_nat_bpf.c.
import { ERRNO } from '../../platform/errno.js';
import { CONNECTION_STATUS, type Connection, inverted, type Tuple, type Zone } from '../conntrack.js';
import { Trap } from '../fault.js';
import { give, type Helper, low, real, signed, wide } from '../helpers/words.js';
import type { Machine } from '../machine.js';
import { ANYTHING, BUFFER, CONTEXT, fixed, type KfuncRow, kfunc, SIZE } from './row.js';

/** Offsets in struct bpf_ct_opts, and the two sizes that it has had. */
const OPTIONS = { NETNS: 0, ERROR: 4, PROTOCOL: 8, DIRECTION: 9, ZONE: 10, ZONE_DIRECTION: 12, RESERVED: 13 } as const;
const OPTIONS_BYTES = 16;
const OLD_OPTIONS_BYTES = 12;
/** Sizes of a struct bpf_sock_tuple with its IPv4 and IPv6 half. */
const TUPLE_BYTES: readonly number[] = [12, 36];
const PORT_BYTES = 2;
const PROTOCOLS: readonly number[] = [6, 17];

/** Of an entry whose program sets no other. */
const DEFAULT_TIMEOUT_SECONDS = 10;
/** A zone holds for both directions unless told. */
const BOTH_DIRECTIONS = 3;
const DEFAULT_ZONE: Zone = { id: 0, directions: BOTH_DIRECTIONS };

/** What a call asks for. */
interface Asked {
  readonly tuple: Tuple;
  readonly zone: Zone;
}

const nowTicks = (machine: Machine): number => Number(BigInt.asUintN(32, machine.jiffies));

const lookup: Helper = (machine, words) => {
  const asked = parse(machine, words);
  if (typeof asked === 'number') return give(words, failed(machine, words, asked));
  const found = machine.connections.find(asked.tuple, asked.zone, nowTicks(machine));
  if (found === undefined) return give(words, failed(machine, words, -ERRNO.ENOENT));
  machine.memory.view.setUint8(low(words, 4) + OPTIONS.DIRECTION, found.direction);
  give(words, found.connection.address);
};

const allocate: Helper = (machine, words) => {
  const asked = parse(machine, words);
  if (typeof asked === 'number') return give(words, failed(machine, words, asked));
  const timeoutTicks = DEFAULT_TIMEOUT_SECONDS * machine.host.kernel.ticksPerSecond;
  give(words, machine.connections.create(asked.tuple, asked.zone, timeoutTicks).address);
};

/** Puts the error into the options and gives NULL. */
function failed(machine: Machine, words: Uint32Array, error: number): number {
  if (low(words, 4) !== 0 && low(words, 5) >= OPTIONS.ERROR + 4)
    machine.memory.view.setInt32(low(words, 4) + OPTIONS.ERROR, error, true);
  return 0;
}

function parse(machine: Machine, words: Uint32Array): Asked | number {
  const [tuple, tupleBytes, options, optionsBytes] = [2, 3, 4, 5].map(number => low(words, number));
  const { view } = machine.memory;
  if (tuple === 0 || options === 0) return -ERRNO.EINVAL;
  const error = optionsError(view, options!, optionsBytes!);
  if (error !== 0) return error;
  const protocol = view.getUint8(options! + OPTIONS.PROTOCOL);
  if (!PROTOCOLS.includes(protocol)) return -ERRNO.EPROTO;
  if (!TUPLE_BYTES.includes(tupleBytes!)) return -ERRNO.EAFNOSUPPORT;
  // There is one network namespace, and none has been given a number.
  if (view.getInt32(options! + OPTIONS.NETNS, true) >= 0) return -ERRNO.ENONET;
  return {
    tuple: tupleOf(machine.memory.bytes.slice(tuple, tuple! + tupleBytes!), protocol),
    zone: optionsBytes === OPTIONS_BYTES ? zoneOf(view, options!) : DEFAULT_ZONE,
  };
}

function zoneOf(view: DataView, options: number): Zone {
  const directions = view.getUint8(options + OPTIONS.ZONE_DIRECTION) || BOTH_DIRECTIONS;
  view.setUint8(options + OPTIONS.ZONE_DIRECTION, directions);
  return { id: view.getUint16(options + OPTIONS.ZONE, true), directions };
}

function optionsError(view: DataView, options: number, sizeBytes: number): number {
  if (sizeBytes !== OPTIONS_BYTES && sizeBytes !== OLD_OPTIONS_BYTES) return -ERRNO.EINVAL;
  const reserved =
    sizeBytes === OPTIONS_BYTES ? [0, 1, 2].map(at => OPTIONS.RESERVED + at) : [OPTIONS.ZONE, OPTIONS.ZONE + 1];
  if (reserved.some(offset => view.getUint8(options + offset) !== 0)) return -ERRNO.EINVAL;
  return view.getInt32(options + OPTIONS.NETNS, true) < -1 ? -ERRNO.EINVAL : 0;
}

/** From source address, destination address, source port, destination port. */
function tupleOf(bytes: Uint8Array, protocol: number): Tuple {
  const addressBytes = (bytes.byteLength - 2 * PORT_BYTES) / 2;
  const ports = new DataView(bytes.buffer, bytes.byteOffset + 2 * addressBytes);
  return {
    protocol,
    source: bytes.subarray(0, addressBytes),
    target: bytes.subarray(addressBytes, 2 * addressBytes),
    sourcePort: ports.getUint16(0),
    targetPort: ports.getUint16(PORT_BYTES),
  };
}

/** A row for a function of a connection and a number. */
function onConnection(body: (machine: Machine, connection: Connection, second: number) => number): KfuncRow {
  return kfunc(
    [ANYTHING, ANYTHING, ANYTHING, ANYTHING],
    real((machine, words) => give(words, body(machine, connectionOf(machine, words), low(words, 2)))),
  );
}

function connectionOf(machine: Machine, words: Uint32Array): Connection {
  const connection = machine.connections.at(wide(words, 1));
  if (connection === undefined) throw new Trap('helper', `no connection is at 0x${wide(words, 1).toString(16)}`);
  return connection;
}

function setTimeout(machine: Machine, connection: Connection, millis: number): number {
  machine.connections.setTimeout(connection, ticksOf(machine, millis), nowTicks(machine));
  return 0;
}

function changeTimeout(machine: Machine, connection: Connection, millis: number): number {
  if ((connection.status & CONNECTION_STATUS.FIXED_TIMEOUT) !== 0) return -ERRNO.EPERM;
  return setTimeout(machine, connection, millis);
}

/** Rounded up; a negative number is the longest time (msecs_to_jiffies). */
function ticksOf({ host }: Machine, millis: number): number {
  return (millis | 0) < 0 ? Number.POSITIVE_INFINITY : Math.ceil((millis * host.kernel.ticksPerSecond) / 1000);
}

const setStatus = ({ connections }: Machine, connection: Connection, status: number): number =>
  connections.setStatus(connection, status);

/** Replies go to another address (where the source is translated) or come from one, and port where one is given. */
const translate: Helper = (machine, words) => {
  const connection = connectionOf(machine, words);
  const [start, port, isSource] = [low(words, 2), signed(words, 3), low(words, 4) === 0];
  const before = inverted(connection.reply);
  const address = machine.memory.bytes.slice(start, start + before.source.byteLength);
  const after = isSource
    ? { ...before, source: address, sourcePort: port > 0 ? port & 0xffff : before.sourcePort }
    : { ...before, target: address, targetPort: port > 0 ? port & 0xffff : before.targetPort };
  const { SRC_NAT, DST_NAT, SRC_NAT_DONE, DST_NAT_DONE } = CONNECTION_STATUS;
  const done = isSource ? SRC_NAT_DONE : DST_NAT_DONE;
  const changed = isSource ? SRC_NAT : DST_NAT;
  machine.connections.setReply(connection, inverted(after), isSame(before, after) ? done : done | changed);
  give(words, 0);
};

function isSame(a: Tuple, b: Tuple): boolean {
  return Object.entries(a).every(([name, value]) => String(value) === String(b[name as keyof Tuple]));
}

/** They look themselves whether there is a tuple, and options. */
const MAYBE_BUFFER = { ...BUFFER, mayBeNull: true } as const;
const MAYBE_ZERO = { ...SIZE, mayBeZero: true } as const;
const ALLOCATING = [CONTEXT, MAYBE_BUFFER, MAYBE_ZERO, MAYBE_BUFFER, MAYBE_ZERO] as const;

/** By name. */
export const CONNTRACK_KFUNCS = {
  bpf_xdp_ct_lookup: kfunc(ALLOCATING, real(lookup, 'connections that the program made itself')),
  bpf_xdp_ct_alloc: kfunc(ALLOCATING, real(allocate)),
  bpf_ct_insert_entry: onConnection((machine, connection) =>
    machine.connections.insert(connection, nowTicks(machine)) ? connection.address : 0,
  ),
  bpf_ct_release: onConnection((machine, connection) => {
    machine.connections.release(connection);
    return 0;
  }),
  bpf_ct_set_timeout: onConnection(setTimeout),
  bpf_ct_change_timeout: onConnection(changeTimeout),
  bpf_ct_set_status: onConnection(setStatus),
  bpf_ct_change_status: onConnection(setStatus),
  bpf_ct_set_nat_info: kfunc([ANYTHING, fixed(16, 'read'), ANYTHING, ANYTHING], real(translate)),
} as const satisfies Record<string, KfuncRow>;
