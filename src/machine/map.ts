// The two faces of a BPF map: what a program reaches through helpers (addresses in linear memory, negative errno), and what user
// space reaches through the bpf() system call (bytes).
import type { MapSpec } from '../object/spec.js';

/** An entry as user space sees it. `values` holds one value, or one per possible CPU for per-CPU maps, valueSizeBytes long each. */
export interface MapEntry {
  readonly key: Uint8Array;
  readonly values: readonly Uint8Array[];
}

/** User space's face of a map, the same for every engine. Errors are negative errno numbers as the kernel gives them. */
export interface MapAccess {
  readonly spec: MapSpec;
  /** Entries that exist, in a fixed order: arrays by index, all others by key bytes. */
  entries(): MapEntry[];
  /** The values under a key, undefined where there is none. */
  lookup(key: Uint8Array): readonly Uint8Array[] | undefined;
  /** One value, or one per CPU; a per-CPU map given one value stores it for every CPU. `flags`: BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2. */
  update(key: Uint8Array, values: readonly Uint8Array[], flags: number): number;
  delete(key: Uint8Array): number;
  /** Number of entries without listing them. */
  readonly size: number;
}

/**
 * A map inside a machine. Program-side calls take addresses in the machine's memory that the caller has checked, and never throw for what a
 * program can do: they return an address (0: NULL) or 0 / a negative errno.
 */
export interface BpfMap extends MapAccess {
  /** Small number, in order of creation from 1; what user space sees as the map's id. */
  readonly id: number;
  /** What programs hold as `struct bpf_map *`: the address of the map's descriptor, which programs cannot read. */
  readonly address: number;
  /** Address of the value under the key at `keyAddress` for this CPU, 0 where there is none. */
  lookupAddress(keyAddress: number, cpu: number): number;
  /** `flags` as a number: callers reject 64-bit flags above 2^32 as -EINVAL first. */
  updateFrom(keyAddress: number, valueAddress: number, flags: number, cpu: number): number;
  deleteAt(keyAddress: number): number;
  /** bpf_map_push_elem, pop and peek; -EOPNOTSUPP for types that have none. */
  push(valueAddress: number, flags: number): number;
  pop(valueAddress: number): number;
  peek(valueAddress: number): number;
  /** BPF_MAP_FREEZE: user space may not write any more. 0 or a negative errno. */
  freeze(): number;
}
