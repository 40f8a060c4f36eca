// BPF_MAP_TYPE_SOCKMAP and BPF_MAP_TYPE_SOCKHASH: there are no sockets here, so they stay empty.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase } from './base.js';

const COOKIE_BYTES = 8;

/** `missing`: the errno of a deletion where nothing is. */
export class SocketMap extends MapBase {
  private readonly missing: number;

  constructor(host: MapHost, spec: MapSpec, id: number, missing: number) {
    super(host, spec, id);
    this.missing = missing;
  }

  override get size(): number {
    return 0;
  }

  override deleteAt(_keyAddress: number): number {
    return -this.missing;
  }

  override entries(): MapEntry[] {
    return [];
  }

  /** Reading gives socket cookies, for which a value of 4 bytes has no room. */
  protected override readStaged(_keyAddress: number): Lookup {
    return this.spec.valueSizeBytes === COOKIE_BYTES ? -ERRNO.ENOENT : -ERRNO.ENOSPC;
  }

  protected override writeStaged(_keyAddress: number, _values: readonly Uint8Array[], _flags: number): number {
    return -ERRNO.ENOTSOCK;
  }
}
