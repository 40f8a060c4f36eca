// ObjectSpec: what an object file means, as plain deterministic data that knows nothing of where it will run. The same file and
// options give the same value on any machine; addresses, host values and model limits come later.
import type { Btf } from '../btf/btf.js';
import type { ByteOrder } from '../support/bytes.js';

/** An object file, loaded: programs linked and relocated by name, maps described, everything else listed. */
export interface ObjectSpec {
  readonly fileName: string;
  /** Byte order of the file; `ProgramSpec.code` and map contents are little-endian always. */
  readonly byteOrder: ByteOrder;
  /** Text of the `license` section, '' where absent. */
  readonly license: string;
  /** XDP programs, in (section, offset) order. */
  readonly programs: readonly ProgramSpec[];
  /** Programs of other types and programs that cannot be used, with the reason; left alone. */
  readonly otherPrograms: readonly OtherProgram[];
  /** Maps in the order libbpf creates them: `.maps` and legacy ones by place, then data sections. */
  readonly maps: readonly MapSpec[];
  /** Every relocation of program and map sections, and what it became. */
  readonly relocations: readonly RelocationSpec[];
  readonly btf: Btf | undefined;
  /** The kernel's types that CO-RE adapted the code to; absent where it was adapted to the object's own. */
  readonly targetTypes?: Btf;
  /** Version that a libxdp dispatcher object states (`xdp_metadata`); absent in others. */
  readonly dispatcherVersion?: number;
  /** One line each: what was accepted although libbpf or the kernel would complain. */
  readonly warnings: readonly string[];
}

/** Where in the pipeline a program is attached; from its section name. */
export type AttachPoint = 'xdp' | 'xdp/devmap' | 'xdp/cpumap';

/** One XDP program with the subprograms it reaches, linked into one instruction stream as libbpf hands it to the kernel. */
export interface ProgramSpec {
  /** Name of the function. */
  readonly name: string;
  /** Section name as in the file, `?` and all. */
  readonly section: string;
  readonly attachPoint: AttachPoint;
  /** `xdp.frags`: the program accepts packets of several buffers (BPF_F_XDP_HAS_FRAGS). */
  readonly hasFragments: boolean;
  /** False for sections with a leading `?`. */
  readonly autoload: boolean;
  /**
   * Linked instructions, 8 bytes a slot, little-endian encoding. Local calls and function addresses are pc-relative already; slots
   * that `references` names hold 0 in the fields that get an address (but keep their pseudo source register).
   */
  readonly code: Uint8Array;
  /** What the named slots refer to, by slot. */
  readonly references: ReadonlyMap<number, Reference>;
  /** The functions in `code`, main program first, in slot order. */
  readonly functions: readonly FunctionSpec[];
  /** C source places, by ascending slot: each holds from its slot to the next. Empty without BTF. */
  readonly lines: readonly SourceLine[];
  /** What `.xdp_run_config` says for libxdp; absent where the object says nothing. */
  readonly runConfig?: RunConfig;
}

/** How libxdp runs a program in a chain. */
export interface RunConfig {
  /** Lower runs earlier; 50 by default. */
  readonly priority: number;
  /** Return values after which the next program runs; by default only XDP_PASS (2). */
  readonly chainCallActions: readonly number[];
}

/** What an instruction refers to that gets its address or number only when the object is bound to a machine. */
export type Reference =
  /** 64-bit immediate load of a map (pseudo source 1). */
  | { readonly kind: 'map'; readonly map: string }
  /** 64-bit immediate load of the address of byte `offset` in the first value of an array map (pseudo source 2). */
  | { readonly kind: 'mapValue'; readonly map: string; readonly offset: number }
  /** 64-bit immediate load of a function's address, for callbacks (pseudo source 4). `slot` in the same code. */
  | { readonly kind: 'function'; readonly slot: number }
  /** Call of a kernel function (pseudo source 2 of a call). */
  | { readonly kind: 'kfunc'; readonly name: string; readonly isWeak: boolean }
  /** 64-bit immediate load of a kernel variable's address, 0 where weak and absent. */
  | { readonly kind: 'ksym'; readonly name: string; readonly isWeak: boolean; readonly isTyped: boolean }
  /** A CO-RE relocation without target: Linux refuses the program if this instruction can be reached. `text` is libbpf's description. */
  | { readonly kind: 'poison'; readonly text: string };

/** A function inside a program's code. */
export interface FunctionSpec {
  readonly name: string;
  readonly slot: number;
  readonly slots: number;
  /** Static functions are verified inline, global ones on their own. Hidden globals count as static, as in libbpf. */
  readonly linkage: 'static' | 'global';
  /** BTF id of the FUNC, undefined without BTF. */
  readonly typeId: number | undefined;
}

/** A place in the C source. */
export interface SourceLine {
  readonly slot: number;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** The text of the line as the compiler saw it. */
  readonly text: string;
}

/** A program that is not run: of another type, or unusable. */
export interface OtherProgram {
  readonly name: string;
  readonly section: string;
  /** Kernel program type where the section tells, such as `sched_cls`, `tracing`; else `unknown`. */
  readonly type: string;
  readonly instructions: number;
  readonly reason: string;
}

/** How a map was written down in the object. */
export type MapDefinition = 'btf' | 'legacy' | 'iproute2' | 'data' | 'kconfig';

/** A map to create. Sizes in bytes as the kernel is given them. */
export interface MapSpec {
  readonly name: string;
  /** Kernel's number, BPF_MAP_TYPE_*; names stand in `platform/`. */
  readonly type: number;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  /** 0 where the object leaves it to the loader. */
  readonly maxEntries: number;
  /** BPF_F_* bits. */
  readonly flags: number;
  readonly extra: bigint;
  readonly numaNode: number | undefined;
  readonly pinning: 'none' | 'by-name';
  readonly definition: MapDefinition;
  /** Section that defines it: `.maps`, `maps`, `.rodata` ... */
  readonly section: string;
  readonly keyTypeId: number | undefined;
  /** BTF id of the value; for data sections of their DATASEC. */
  readonly valueTypeId: number | undefined;
  /** What the maps inside an ARRAY_OF_MAPS or HASH_OF_MAPS look like. */
  readonly inner: MapSpec | undefined;
  /** Initial slots of map-in-map and program arrays. */
  readonly slots: readonly MapSlot[];
  /** First value of a data section's map; undefined elsewhere. */
  readonly contents: Uint8Array | undefined;
  /** Byte offsets in `contents` by variable name: clang leaves those in BTF 0 for global variables. Data sections only. */
  readonly variables?: ReadonlyMap<string, number>;
  /** Frozen after filling (.rodata, .kconfig): programs may rely on the contents as constants. */
  readonly isFrozen: boolean;
  /** iproute2's id and inner id, undefined elsewhere. */
  readonly iproute2: { readonly id: number; readonly innerId: number; readonly innerIndex: number } | undefined;
}

/** What a declaration in `.maps` says that asks for nothing beyond name, type, sizes and entries: to be spread under those. */
export const PLAIN_MAP = {
  flags: 0,
  extra: 0n,
  numaNode: undefined,
  pinning: 'none',
  definition: 'btf',
  section: '.maps',
  keyTypeId: undefined,
  valueTypeId: undefined,
  inner: undefined,
  slots: [],
  contents: undefined,
  isFrozen: false,
  iproute2: undefined,
} as const satisfies Partial<MapSpec>;

/** An initial entry: the key `index` holds the named map or program. */
export interface MapSlot {
  readonly index: number;
  readonly kind: 'map' | 'program';
  readonly name: string;
}

/** A relocation as found, and what it became. */
export interface RelocationSpec {
  /** Section it applies to. */
  readonly section: string;
  readonly offsetBytes: number;
  /** `R_BPF_64_64` ..., or the CO-RE kind such as `field_byte_offset`. */
  readonly type: string;
  /** Symbol, or the CO-RE access such as `struct iphdr.protocol`. */
  readonly symbol: string;
  /** What it became: `map blocklist`, `.rodata+4`, `function parse`, `kfunc bpf_xdp_ct_lookup`, `9 -> 9`... */
  readonly result: string;
}

/** The source place of a slot: the last line at or before it, undefined where there is none. */
export function sourceLineAt(program: ProgramSpec, slot: number): SourceLine | undefined {
  let low = 0;
  let high = program.lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (program.lines[middle]!.slot <= slot) low = middle + 1;
    else high = middle;
  }
  return program.lines[low - 1];
}

/** The function that a slot belongs to. */
export function functionAt(program: ProgramSpec, slot: number): FunctionSpec | undefined {
  return program.functions.find(item => slot >= item.slot && slot < item.slot + item.slots);
}
