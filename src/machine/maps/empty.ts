// Maps that stay empty here: what they would hold - sockets, control groups, stacks, a task's storage - is not there. Errors observed on Linux 6.18.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase } from './base.js';

/** What user space's calls answer: errno numbers. */
export interface EmptyMapErrors {
  readonly read: number;
  readonly write: number;
  readonly remove: number;
  /** Update flags that are not EINVAL. */
  readonly flags: readonly number[] | 'any';
  /** Whether keys are indexes below max_entries: writing and removing others is E2BIG. */
  readonly isIndexed: boolean;
  /** Reading gives socket cookies, for which a value of another size has no room: ENOSPC. */
  readonly readBytes?: number;
}

const { BPF_ANY, BPF_NOEXIST, BPF_EXIST } = MAP_UPDATE_FLAG;
const ALL = [BPF_ANY, BPF_NOEXIST, BPF_EXIST];
const SOCKETS = { read: ERRNO.ENOENT, write: ERRNO.ENOTSOCK, readBytes: 8 } as const;
/** User space names a socket, task or file by its descriptor. */
const STORAGE: EmptyMapErrors = {
  read: ERRNO.EBADF,
  write: ERRNO.EBADF,
  remove: ERRNO.EBADF,
  flags: ALL,
  isIndexed: false,
};

const CGROUP_STORAGE: EmptyMapErrors = {
  read: ERRNO.ENOENT,
  write: ERRNO.ENOENT,
  remove: ERRNO.EINVAL,
  flags: [BPF_ANY, BPF_EXIST],
  isIndexed: false,
};

/** By the type's name. */
export const EMPTY_MAPS = {
  reuseport_sockarray: { ...SOCKETS, remove: ERRNO.ENOENT, flags: ALL, isIndexed: true },
  stack_trace: { read: ERRNO.ENOENT, write: ERRNO.EINVAL, remove: ERRNO.ENOENT, flags: [], isIndexed: true },
  cgroup_array: { read: ERRNO.ENOTSUPP, write: ERRNO.EBADF, remove: ERRNO.ENOENT, flags: [BPF_ANY], isIndexed: true },
  cgroup_storage: CGROUP_STORAGE,
  percpu_cgroup_storage: CGROUP_STORAGE,
  sk_storage: STORAGE,
  inode_storage: STORAGE,
  task_storage: STORAGE,
  cgrp_storage: STORAGE,
} as const satisfies Record<string, EmptyMapErrors>;

/** A map in which nothing ever is. */
export class EmptyMap extends MapBase {
  private readonly errors: EmptyMapErrors;

  constructor(host: MapHost, spec: MapSpec, id: number, errors: EmptyMapErrors) {
    super(host, spec, id);
    this.errors = errors;
  }

  override get size(): number {
    return 0;
  }

  override deleteAt(keyAddress: number): number {
    return this.isPast(keyAddress) ? -ERRNO.E2BIG : -this.errors.remove;
  }

  override entries(): MapEntry[] {
    return [];
  }

  protected override readStaged(_keyAddress: number): Lookup {
    const { read, readBytes = this.spec.valueSizeBytes } = this.errors;
    return this.spec.valueSizeBytes === readBytes ? -read : -ERRNO.ENOSPC;
  }

  protected override writeStaged(keyAddress: number, _values: readonly Uint8Array[], flags: number): number {
    const { write, flags: known } = this.errors;
    if (known !== 'any' && !known.includes(flags)) return -ERRNO.EINVAL;
    return this.isPast(keyAddress) ? -ERRNO.E2BIG : -write;
  }

  private isPast(keyAddress: number): boolean {
    return this.errors.isIndexed && this.memory.view.getUint32(keyAddress, true) >= this.spec.maxEntries;
  }
}
