// Kernel functions on tracked connections. Linux net/netfilter/nf_conntrack_bpf.c, net/netfilter/nf_nat_bpf.c.
import { ERRNO } from '../../platform/errno.js';
import { toHex } from '../../support/bytes.js';
import type { Connection } from '../conntrack.js';
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

/** What a call asks for: the tuple in both directions. */
interface Asked {
  readonly original: string;
  readonly reply: string;
}

const lookup: Helper = (machine, words) => {
  const asked = parse(machine, words);
  if (typeof asked === 'number') return give(words, failed(machine, words, asked));
  const found = machine.connections.find(asked.original, machine.timestampNanos);
  if (found === undefined) return give(words, failed(machine, words, -ERRNO.ENOENT));
  machine.memory.view.setUint8(low(words, 4) + OPTIONS.DIRECTION, found.direction);
  give(words, found.connection.address);
};

const allocate: Helper = (machine, words) => {
  const asked = parse(machine, words);
  if (typeof asked === 'number') return give(words, failed(machine, words, asked));
  give(words, machine.connections.create(asked.original, asked.reply).address);
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
  const zone = optionsBytes === OPTIONS_BYTES ? view.getUint16(options! + OPTIONS.ZONE, true) : 0;
  return tuplesOf(machine.memory.bytes.subarray(tuple, tuple! + tupleBytes!), `${protocol} ${zone}`);
}

function optionsError(view: DataView, options: number, sizeBytes: number): number {
  if (sizeBytes !== OPTIONS_BYTES && sizeBytes !== OLD_OPTIONS_BYTES) return -ERRNO.EINVAL;
  const reserved =
    sizeBytes === OPTIONS_BYTES ? [0, 1, 2].map(at => OPTIONS.RESERVED + at) : [OPTIONS.ZONE, OPTIONS.ZONE + 1];
  if (reserved.some(offset => view.getUint8(options + offset) !== 0)) return -ERRNO.EINVAL;
  return view.getInt32(options + OPTIONS.NETNS, true) < -1 ? -ERRNO.EINVAL : 0;
}

/** Source address, destination address, source port, destination port. */
function tuplesOf(tuple: Uint8Array, head: string): Asked {
  const addressBytes = (tuple.byteLength - 2 * PORT_BYTES) / 2;
  const source = toHex(tuple.subarray(0, addressBytes));
  const target = toHex(tuple.subarray(addressBytes, 2 * addressBytes));
  const sourcePort = toHex(tuple.subarray(2 * addressBytes, 2 * addressBytes + PORT_BYTES));
  const targetPort = toHex(tuple.subarray(2 * addressBytes + PORT_BYTES));
  return {
    original: `${head} ${source} ${target} ${sourcePort} ${targetPort}`,
    reply: `${head} ${target} ${source} ${targetPort} ${sourcePort}`,
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

function setTimeout(_machine: Machine, connection: Connection, millis: number): number {
  connection.timeoutMillis = millis;
  return 0;
}

function changeTimeout(machine: Machine, connection: Connection, millis: number): number {
  connection.timeoutMillis = millis;
  connection.expiresNanos = machine.timestampNanos + BigInt(millis) * 1_000_000n;
  return 0;
}

const setStatus = ({ connections }: Machine, connection: Connection, status: number): number =>
  connections.setStatus(connection, status);

/** Replies go to another address (where the source is translated) or come from one, and port where one is given. */
const translate: Helper = (machine, words) => {
  const connection = connectionOf(machine, words);
  const [start, port, isSource] = [low(words, 2), signed(words, 3), low(words, 4) === 0];
  const parts = connection.reply.split(' ');
  const [address, portText] = isSource ? ADDRESS_AND_PORT.target : ADDRESS_AND_PORT.source;
  parts[address] = toHex(machine.memory.bytes.subarray(start, start + parts[address]!.length / 2));
  if (port > 0) parts[portText] = (port & 0xffff).toString(16).padStart(4, '0');
  connection.reply = parts.join(' ');
  give(words, 0);
};

/** Where they stand in a tuple's text. */
const ADDRESS_AND_PORT = { source: [2, 4], target: [3, 5] } as const;

/** They look themselves whether there is a tuple, and options. */
const MAYBE_BUFFER = { ...BUFFER, mayBeNull: true } as const;
const MAYBE_ZERO = { ...SIZE, mayBeZero: true } as const;
const ALLOCATING = [CONTEXT, MAYBE_BUFFER, MAYBE_ZERO, MAYBE_BUFFER, MAYBE_ZERO] as const;

/** By name. */
export const CONNTRACK_KFUNCS = {
  bpf_xdp_ct_lookup: kfunc(ALLOCATING, real(lookup, 'connections that the program made itself')),
  bpf_xdp_ct_alloc: kfunc(ALLOCATING, real(allocate)),
  bpf_ct_insert_entry: onConnection((machine, connection) =>
    machine.connections.insert(connection, machine.timestampNanos) ? connection.address : 0,
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
