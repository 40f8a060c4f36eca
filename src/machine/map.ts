// The two faces of a BPF map: what a program reaches through helpers (addresses in linear memory, negative errno), and what user
// space reaches through the bpf() system call (bytes). `createMap(host: MapHost, spec: MapSpec, id: number): BpfMap` of maps/ makes them.
import type { AttachPoint, MapSpec } from '../object/spec.js';
import type { Redirect } from './events.js';
import type { ValueField } from './maps/value-fields.js';
import type { MachineMemory } from './memory.js';
import type { Regions } from './regions.js';
import type { Sockets } from './sockets.js';

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
  /**
   * For entries that bpf(2) takes no bytes for: into an XSKMAP, where the value is the queue that a socket is bound to, into a SOCKMAP or SOCKHASH,
   * where it is the number of a socket of the host file from 0, and a record into a USER_RINGBUF. 0 or a negative errno. Absent in all other maps.
   */
  preload?(key: Uint8Array, values: readonly Uint8Array[]): number;
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
  /**
   * bpf_for_each_map_elem: calls `visit` for every entry of this CPU until it returns true, and returns how many were visited; a
   * negative errno for types that have no iteration. Entries may be deleted meanwhile.
   */
  forEach(cpu: number, visit: (keyAddress: number, valueAddress: number) => boolean): number;
  /** Reservation and query, for ring buffers. */
  readonly ring: RingBuffer | undefined;
  /** Targets, for the maps that bpf_redirect_map takes. */
  readonly redirects: RedirectTable | undefined;
  /** Entries, for program arrays. */
  readonly programs: ProgramTable | undefined;
  /** Which slots have a reader, for perf event arrays. */
  readonly perf: PerfTable | undefined;
  /** Records from user space, for BPF_MAP_TYPE_USER_RINGBUF. */
  readonly userRing: UserRing | undefined;
  /** The kernel's fields in values: locks, timers ... */
  readonly fields: readonly ValueField[];
  /** Calls `visit` with the address of the key of the value at `valueAddress`, readable until it returns: for timers. */
  visitValue(valueAddress: number, visit: (keyAddress: number) => void): void;
}

/** PERF_EVENT_ARRAY. */
export interface PerfTable {
  /** Whether output to that slot has a reader. */
  isOpen(index: number): boolean;
}

/** USER_RINGBUF. */
export interface UserRing {
  /** User space adds a record: 0, -E2BIG for one that can never fit, -ENOSPC where there is no room now. */
  produce(data: Uint8Array): number;
  /** The program takes the oldest record: its address and size, undefined for none. The bytes stay until the next call. */
  take(): { readonly address: number; readonly sizeBytes: number } | undefined;
}

/** The program's side of BPF_MAP_TYPE_RINGBUF. User space takes the records away after every packet. */
export interface RingBuffer {
  /** Address of a record's `sizeBytes` data bytes, 0 where the ring has no room. */
  reserve(sizeBytes: number): number;
  /**
   * Ends the reservation whose data is at `address`.
   * @returns copies of the records that user space now sees, oldest first: none where one reserved before is not ended yet. undefined where
   *   nothing is reserved there
   */
  submit(address: number): readonly Uint8Array[] | undefined;
  /** As `submit`, for a record that user space is not to see. */
  discard(address: number): readonly Uint8Array[] | undefined;
  /** bpf_ringbuf_query: 0 bytes not consumed, 1 ring size, 2 consumer position, 3 producer position; 0 for all others. */
  query(what: number): number;
  /** User space consumes what was submitted: between packets. */
  consume(): void;
}

/** DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP. */
export interface RedirectTable {
  /** Whether BPF_F_BROADCAST and BPF_F_EXCLUDE_INGRESS are known: device maps. */
  readonly canBroadcast: boolean;
  /** What the key holds, undefined for nothing. */
  target(key: number): Redirect | undefined;
  /** Interfaces of all entries in the kernel's order, for a broadcast; empty where `canBroadcast` is false. */
  interfaces(): readonly number[];
  /** Numbers of the programs that these entries hold, in the same order. */
  interfacePrograms(): readonly number[];
  /** Number of the program that runs on frames sent through that key, 0 for none. */
  programOf(key: number): number;
}

/** PROG_ARRAY. */
export interface ProgramTable {
  /** Number of the program in the machine's program table, 0 for an empty slot or an index past the end. */
  program(index: number): number;
  /** A program that calls through this map is loaded: whether the kernel lets it (else EINVAL). The first program decides what others must be. */
  admitCaller(program: { readonly attachPoint: AttachPoint; readonly hasFragments: boolean }): boolean;
}

/** What map implementations get from the machine that they stand in. */
export interface MapHost {
  readonly memory: MachineMemory;
  /** Maps add the memory that programs may touch. */
  readonly regions: Regions;
  /** Possible CPUs. */
  readonly cpuCount: number;
  /** The map with that id, for map-in-map updates by user space. */
  mapById(id: number): BpfMap | undefined;
  /** The program with that number (from 1; what user space writes into PROG_ARRAY, DEVMAP and CPUMAP values). */
  programById(id: number): { readonly attachPoint: AttachPoint; readonly hasFragments: boolean } | undefined;
  /** Gives back what a kernel's field of a value holds: the object of a kptr, the contents of a list or tree. */
  dropField?(kind: string, address: number): void;
  /** The open sockets, for maps of them. */
  readonly sockets?: Pick<Sockets, 'numbered' | 'numberAt'>;
  /** Whether a network interface has that index, for DEVMAP updates. */
  hasInterface(ifindex: number): boolean;
}
