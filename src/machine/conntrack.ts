// Connection tracking as far as programs ask for it: entries that they make themselves, found again by their tuple in either direction.
// Linux net/netfilter/nf_conntrack_bpf.c.
import { ERRNO } from '../platform/errno.js';
import type { MachineMemory } from './memory.js';
import type { Regions } from './regions.js';

/** Bits of nf_conn.status that have rules of their own (enum ip_conntrack_status). */
export const CONNECTION_STATUS = {
  EXPECTED: 1 << 0,
  SEEN_REPLY: 1 << 1,
  ASSURED: 1 << 2,
  CONFIRMED: 1 << 3,
  DYING: 1 << 9,
} as const;

/** Bytes of a struct nf_conn that a program may read; more than its fields of interest need. */
const BLOCK_BYTES = 512;
const NANOS_PER_MILLI = 1_000_000n;
/** Of an entry whose program sets no other. */
const DEFAULT_TIMEOUT_MILLIS = 10_000;

/** Where programs look for the fields of struct nf_conn, in bytes: what the object's type information says. */
export interface ConnectionLayout {
  readonly status: number | undefined;
  readonly timeout: number | undefined;
}

/** A connection: not in the table before it is confirmed. */
export interface Connection {
  /** What the program holds as struct nf_conn *. */
  readonly address: number;
  /** Tuples as text, of the original direction and of replies. */
  readonly original: string;
  reply: string;
  status: number;
  /** How long it stays once it is confirmed, and until when. */
  timeoutMillis: number;
  expiresNanos: bigint;
  references: number;
}

/** The connections of a machine. */
export class ConnectionTable {
  layout: ConnectionLayout = { status: undefined, timeout: undefined };
  private readonly memory: MachineMemory;
  private readonly regions: Regions;
  private readonly byTuple = new Map<string, Connection>();
  private readonly byAddress = new Map<number, Connection>();
  private readonly freeBlocks: number[] = [];

  constructor(memory: MachineMemory, regions: Regions) {
    this.memory = memory;
    this.regions = regions;
  }

  /** A new connection that one reference is held to; not in the table yet. */
  create(original: string, reply: string): Connection {
    const address = this.freeBlocks.pop() ?? this.addBlock();
    const connection = {
      address,
      original,
      reply,
      status: 0,
      timeoutMillis: DEFAULT_TIMEOUT_MILLIS,
      expiresNanos: 0n,
      references: 1,
    };
    this.byAddress.set(address, connection);
    this.show(connection);
    return connection;
  }

  /** The connection with that tuple, with one more reference, and its direction: 0 original, 1 reply. */
  find(tuple: string, now: bigint): { readonly connection: Connection; readonly direction: 0 | 1 } | undefined {
    const connection = this.byTuple.get(tuple);
    if (connection === undefined) return undefined;
    if (connection.expiresNanos <= now) {
      this.remove(connection);
      return undefined;
    }
    connection.references++;
    return { connection, direction: connection.original === tuple ? 0 : 1 };
  }

  /** The connection that stands at an address, undefined where none does. */
  at(address: number): Connection | undefined {
    return this.byAddress.get(address);
  }

  /** Puts a connection into the table: false, with its reference gone, where the table has one of its tuples. */
  insert(connection: Connection, now: bigint): boolean {
    for (const tuple of [connection.original, connection.reply]) {
      const other = this.byTuple.get(tuple);
      if (other !== undefined && other.expiresNanos > now) {
        this.release(connection);
        return false;
      }
      if (other !== undefined) this.remove(other);
    }
    connection.status |= CONNECTION_STATUS.CONFIRMED;
    connection.expiresNanos = now + BigInt(connection.timeoutMillis) * NANOS_PER_MILLI;
    this.byTuple.set(connection.original, connection);
    this.byTuple.set(connection.reply, connection);
    this.show(connection);
    return true;
  }

  /** Ends one reference. */
  release(connection: Connection): void {
    connection.references--;
    if (connection.references > 0 || this.byTuple.get(connection.original) === connection) return;
    this.byAddress.delete(connection.address);
    this.freeBlocks.push(connection.address);
  }

  /** 0, or -EBUSY for bits that may not be changed so. */
  setStatus(connection: Connection, status: number): number {
    const { EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED, DYING } = CONNECTION_STATUS;
    const changed = connection.status ^ status;
    if ((changed & (EXPECTED | CONFIRMED | DYING)) !== 0) return -ERRNO.EBUSY;
    if ((changed & connection.status & (SEEN_REPLY | ASSURED)) !== 0) return -ERRNO.EBUSY;
    connection.status |= status;
    this.show(connection);
    return 0;
  }

  /** Entries in the table. */
  get size(): number {
    return new Set(this.byTuple.values()).size;
  }

  private remove(connection: Connection): void {
    this.byTuple.delete(connection.original);
    this.byTuple.delete(connection.reply);
    connection.references++;
    this.release(connection);
  }

  /** Writes the fields to where programs read them. */
  private show({ address, status, timeoutMillis }: Connection): void {
    const { view } = this.memory;
    this.memory.bytes.fill(0, address, address + BLOCK_BYTES);
    const { layout } = this;
    if (isInside(layout.status)) view.setUint32(address + layout.status, status, true);
    if (isInside(layout.timeout)) view.setUint32(address + layout.timeout, timeoutMillis, true);
  }

  private addBlock(): number {
    const start = this.memory.allocate(BLOCK_BYTES, 8, 'connection');
    const end = start + BLOCK_BYTES;
    const label = 'struct nf_conn';
    this.regions.add({ start, end, strideBytes: 0, elementBytes: BLOCK_BYTES, isWritable: true, label });
    return start;
  }
}

function isInside(offset: number | undefined): offset is number {
  return offset !== undefined && offset + 4 <= BLOCK_BYTES;
}
