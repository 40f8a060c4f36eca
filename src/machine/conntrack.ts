// Connection tracking as far as programs ask for it: entries that they make themselves, found again by their tuple in either direction.
// Linux net/netfilter/nf_conntrack_bpf.c, nf_conntrack_core.c; times are in ticks of 32 bits (jiffies), as in struct nf_conn.
import type { Btf } from '../btf/btf.js';
import { ERRNO } from '../platform/errno.js';
import { CONNECTION_BYTES, connectionLayout, LINUX_CONNECTION } from './connection-layout.js';
import type { MachineMemory } from './memory.js';
import type { Regions } from './regions.js';

/** Bits of nf_conn.status that have rules of their own (enum ip_conntrack_status). */
export const CONNECTION_STATUS = {
  EXPECTED: 1 << 0,
  SEEN_REPLY: 1 << 1,
  ASSURED: 1 << 2,
  CONFIRMED: 1 << 3,
  SRC_NAT: 1 << 4,
  DST_NAT: 1 << 5,
  SRC_NAT_DONE: 1 << 7,
  DST_NAT_DONE: 1 << 8,
  DYING: 1 << 9,
  FIXED_TIMEOUT: 1 << 10,
} as const;

/** Status bits that stay as they are whatever a program asks for (IPS_UNCHANGEABLE_MASK). */
const UNCHANGEABLE = 0xdbf9;

/** In a struct nf_conntrack_zone: the number is its first field. */
const ZONE_DIRECTIONS = 3;
/** Offsets in a struct nf_conntrack_tuple: addresses take 16 bytes each. */
const TUPLE = {
  SOURCE: 0,
  SOURCE_PORT: 16,
  FAMILY: 18,
  TARGET: 20,
  TARGET_PORT: 36,
  PROTOCOL: 38,
  DIRECTION: 39,
} as const;
const [AF_INET, AF_INET6] = [2, 10];
const MAX_TIMEOUT_TICKS = 0x7fff_ffff;

/** One direction of a connection: addresses and ports as they stand in packets. */
export interface Tuple {
  readonly protocol: number;
  /** 4 or 16 bytes each. */
  readonly source: Uint8Array;
  readonly target: Uint8Array;
  /** In network byte order. */
  readonly sourcePort: number;
  readonly targetPort: number;
}

/** Part of the table: connections of a zone are not found in another, in the directions that it holds for (bit 0 original, bit 1 reply). */
export interface Zone {
  readonly id: number;
  readonly directions: number;
}

/** A connection: not in the table before it is confirmed. */
export interface Connection {
  /** What the program holds as struct nf_conn *. */
  readonly address: number;
  readonly zone: Zone;
  readonly original: Tuple;
  reply: Tuple;
  status: number;
  /** How long it stays once it is confirmed, then until when: a tick, of which 32 bits are kept. */
  timeoutTicks: number;
  references: number;
}

/** The tuple of the packets that answer. */
export function inverted({ protocol, source, target, sourcePort, targetPort }: Tuple): Tuple {
  return { protocol, source: target, target: source, sourcePort: targetPort, targetPort: sourcePort };
}

/** The connections of a machine. */
export class ConnectionTable {
  private readonly memory: MachineMemory;
  private readonly regions: Regions;
  private readonly byKey = new Map<string, Connection>();
  private readonly byAddress = new Map<number, Connection>();
  private readonly freeBlocks: number[] = [];
  private layout = LINUX_CONNECTION;

  constructor(memory: MachineMemory, regions: Regions) {
    this.memory = memory;
    this.regions = regions;
  }

  /** Shows connections as programs expect that were adapted to these types; those of Linux 6.18 where there are none. */
  useTypes(types: Btf | undefined): void {
    this.layout = connectionLayout(types);
  }

  /** A new connection that one reference is held to; not in the table yet. */
  create(original: Tuple, zone: Zone, timeoutTicks: number): Connection {
    const address = this.freeBlocks.pop() ?? this.addBlock();
    const reply = inverted(original);
    const connection = { address, zone, original, reply, status: 0, timeoutTicks, references: 1 };
    this.byAddress.set(address, connection);
    this.memory.bytes.fill(0, address, address + CONNECTION_BYTES);
    this.show(connection);
    return connection;
  }

  /** The connection with that tuple, with one more reference, and its direction: 0 original, 1 reply. */
  find(
    tuple: Tuple,
    zone: Zone,
    nowTicks: number,
  ): { readonly connection: Connection; readonly direction: 0 | 1 } | undefined {
    for (const direction of DIRECTIONS) {
      const connection = this.living(keyOf(tuple, zone, direction), nowTicks);
      if (connection === undefined) continue;
      connection.references++;
      this.show(connection);
      return { connection, direction };
    }
    return undefined;
  }

  /** The connection that stands at an address, undefined where none does. */
  at(address: number): Connection | undefined {
    return this.byAddress.get(address);
  }

  /** Puts a connection into the table: false, with its reference gone, where the table has one of its tuples. */
  insert(connection: Connection, nowTicks: number): boolean {
    const { original, reply, zone } = connection;
    const taken = [original, reply].flatMap(tuple => DIRECTIONS.map(direction => keyOf(tuple, zone, direction)));
    if (taken.some(key => this.living(key, nowTicks) !== undefined)) {
      this.release(connection);
      return false;
    }
    connection.status |= CONNECTION_STATUS.CONFIRMED;
    connection.timeoutTicks = (connection.timeoutTicks + nowTicks) >>> 0;
    for (const key of keysOf(connection)) this.byKey.set(key, connection);
    this.show(connection);
    return true;
  }

  /** Ends one reference. */
  release(connection: Connection): void {
    connection.references--;
    if (connection.references > 0 || this.holds(connection)) return this.show(connection);
    this.byAddress.delete(connection.address);
    this.freeBlocks.push(connection.address);
  }

  /** 0, or -EBUSY for bits that may not be changed so. */
  setStatus(connection: Connection, status: number): number {
    const { EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED, DYING } = CONNECTION_STATUS;
    const changed = connection.status ^ status;
    if ((changed & (EXPECTED | CONFIRMED | DYING)) !== 0) return -ERRNO.EBUSY;
    if ((changed & connection.status & (SEEN_REPLY | ASSURED)) !== 0) return -ERRNO.EBUSY;
    connection.status |= status & ~UNCHANGEABLE;
    this.show(connection);
    return 0;
  }

  /** How long it stays from now on, or once it is confirmed. */
  setTimeout(connection: Connection, ticks: number, nowTicks: number): void {
    const kept = Math.min(ticks, MAX_TIMEOUT_TICKS);
    connection.timeoutTicks = this.holds(connection) ? (kept + nowTicks) >>> 0 : kept;
    this.show(connection);
  }

  /** Where replies come from and go to from now on, with the status bits that say so; nothing of what is in the table. */
  setReply(connection: Connection, reply: Tuple, status: number): void {
    if (this.holds(connection)) return;
    connection.reply = reply;
    connection.status |= status;
    this.show(connection);
  }

  /** Entries in the table. */
  get size(): number {
    return new Set(this.byKey.values()).size;
  }

  private holds(connection: Connection): boolean {
    return this.byKey.get(keysOf(connection)[0]!) === connection;
  }

  /** What stands under a key, unless its time is up: then it goes. */
  private living(key: string, nowTicks: number): Connection | undefined {
    const connection = this.byKey.get(key);
    if (connection === undefined || ((connection.timeoutTicks - nowTicks) | 0) > 0) return connection;
    for (const own of keysOf(connection)) this.byKey.delete(own);
    connection.references++;
    this.release(connection);
    return undefined;
  }

  /** Writes the fields to where programs read them. */
  private show(connection: Connection): void {
    const { address, zone, original, reply, status, timeoutTicks, references } = connection;
    const { view } = this.memory;
    const { layout } = this;
    const place = (offset: number | undefined, write: (at: number) => void): void => {
      if (offset !== undefined) write(address + offset);
    };
    place(layout.use, at => view.setUint32(at, this.holds(connection) ? references + 1 : 0, true));
    place(layout.timeout, at => view.setUint32(at, timeoutTicks, true));
    place(layout.zone, at => {
      view.setUint16(at, zone.id, true);
      view.setUint8(at + ZONE_DIRECTIONS, zone.directions);
    });
    place(layout.original, at => this.showTuple(at, original, 0));
    place(layout.reply, at => this.showTuple(at, reply, 1));
    place(layout.status, at => view.setUint32(at, status, true));
  }

  private showTuple(address: number, tuple: Tuple, direction: 0 | 1): void {
    const { view, bytes } = this.memory;
    bytes.set(tuple.source, address + TUPLE.SOURCE);
    bytes.set(tuple.target, address + TUPLE.TARGET);
    view.setUint16(address + TUPLE.SOURCE_PORT, tuple.sourcePort);
    view.setUint16(address + TUPLE.TARGET_PORT, tuple.targetPort);
    view.setUint16(address + TUPLE.FAMILY, tuple.source.byteLength === 4 ? AF_INET : AF_INET6, true);
    view.setUint8(address + TUPLE.PROTOCOL, tuple.protocol);
    view.setUint8(address + TUPLE.DIRECTION, direction);
  }

  private addBlock(): number {
    const start = this.memory.allocate(CONNECTION_BYTES, 8, 'connection');
    const end = start + CONNECTION_BYTES;
    const label = 'struct nf_conn';
    this.regions.add({ start, end, strideBytes: 0, elementBytes: CONNECTION_BYTES, isWritable: true, label });
    return start;
  }
}

const DIRECTIONS = [0, 1] as const;

function keysOf({ original, reply, zone }: Connection): readonly string[] {
  return [keyOf(original, zone, 0), keyOf(reply, zone, 1)];
}

/** Connections are the same where tuple, direction and the zone's number in that direction are. */
function keyOf({ protocol, source, target, sourcePort, targetPort }: Tuple, zone: Zone, direction: 0 | 1): string {
  const zoneId = (zone.directions & (1 << direction)) !== 0 ? zone.id : 0;
  return [direction, zoneId, protocol, source, target, sourcePort, targetPort].join(' ');
}
