// BPF_MAP_TYPE_SOCKMAP and BPF_MAP_TYPE_SOCKHASH: sockets of the host by index or key. Errors observed on Linux 6.18.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import { fromHex, toHex } from '../../support/bytes.js';
import type { MapEntry, MapHost } from '../map.js';
import type { OpenSocket } from '../sockets.js';
import { type Lookup, MapBase, sortedByKey } from './base.js';

/** The size of a value that has room for a socket's cookie: the only one that user space can read. */
const COOKIE_BYTES = 8;
const { BPF_NOEXIST, BPF_EXIST } = MAP_UPDATE_FLAG;

interface Held {
  readonly socket: OpenSocket;
  /** Its number in the host file, from 0. */
  readonly number: number;
}

/**
 * Programs look up a pointer to struct bpf_sock, which they have to release, and may put one in. User space puts in the sockets of the host
 * file by `preload`, where the value is the socket's number, from 0; a descriptor, which it would take in Linux, there is none of here.
 */
export class SocketMap extends MapBase {
  private readonly held = new Map<string, Held>();
  private readonly isIndexed: boolean;

  constructor(host: MapHost, spec: MapSpec, id: number, isIndexed: boolean) {
    super(host, spec, id);
    this.isIndexed = isIndexed;
  }

  override get size(): number {
    return this.held.size;
  }

  override lookupAddress(keyAddress: number, _cpu: number): number {
    return this.held.get(this.keyAt(keyAddress))?.socket.address ?? 0;
  }

  override updateFrom(keyAddress: number, socketAddress: number, flags: number, _cpu: number): number {
    const number = this.host.sockets?.numberAt(socketAddress);
    return number === undefined ? -ERRNO.EINVAL : this.put(this.keyAt(keyAddress), number, flags);
  }

  override deleteAt(keyAddress: number): number {
    if (this.held.delete(this.keyAt(keyAddress))) return 0;
    return this.isIndexed ? -ERRNO.EINVAL : -ERRNO.ENOENT;
  }

  preload(key: Uint8Array, values: readonly Uint8Array[]): number {
    const number = wordOf(values[0]!);
    return this.host.sockets?.numbered(number) === undefined ? -ERRNO.ENOTSOCK : this.put(toHex(key), number, 0);
  }

  override entries(): MapEntry[] {
    const entries = [...this.held].map(([key, { number }]) => ({ key: fromHex(key), values: [this.valueFor(number)] }));
    return sortedByKey(entries);
  }

  protected override readStaged(keyAddress: number): Lookup {
    if (this.spec.valueSizeBytes !== COOKIE_BYTES) return -ERRNO.ENOSPC;
    const held = this.held.get(this.keyAt(keyAddress));
    return held === undefined ? -ERRNO.ENOENT : [this.valueFor(held.number)];
  }

  protected override writeStaged(_keyAddress: number, _values: readonly Uint8Array[], _flags: number): number {
    return -ERRNO.ENOTSOCK;
  }

  private put(key: string, number: number, flags: number): number {
    const socket = this.host.sockets?.numbered(number);
    if (socket === undefined || !isTaken(socket)) return -ERRNO.EOPNOTSUPP;
    if (flags > BPF_EXIST) return -ERRNO.EINVAL;
    const isThere = this.held.has(key);
    const isPast = this.isIndexed ? wordOf(fromHex(key)) >= this.spec.maxEntries : false;
    if (isPast) return -ERRNO.E2BIG;
    if (isThere && flags === BPF_NOEXIST) return -ERRNO.EEXIST;
    if (!isThere && flags === BPF_EXIST) return -ERRNO.ENOENT;
    if (!isThere && this.held.size >= this.spec.maxEntries) return -ERRNO.E2BIG;
    this.held.set(key, { socket, number });
    return 0;
  }

  private keyAt(address: number): string {
    return toHex(this.memory.bytes.subarray(address, address + this.spec.keySizeBytes));
  }

  private valueFor(number: number): Uint8Array {
    const value = new Uint8Array(this.spec.valueSizeBytes);
    new DataView(value.buffer).setUint32(0, number, true);
    return value;
  }
}

/** Connected and listening TCP sockets, and UDP sockets that have a port. */
function isTaken({ facts }: OpenSocket): boolean {
  if (facts.protocol === 'udp') return facts.local.port !== 0;
  return facts.state === 'established' || facts.state === 'listen';
}

function wordOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
