// BTF, the type information of BPF objects and of the kernel: checked whole when parsed, decoded type by type when asked for, since
// a kernel has more than 100,000 types. Kernel Documentation/bpf/btf.rst.
import type { ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import type { StringTable } from '../support/string-table.js';
import { decodeType } from './decode.js';
import type { BtfType } from './types.js';

const VOID: BtfType = { kind: 'void', id: 0, name: 'void' };

/** Where a BTF's parts stand; made by `parseBtf`. */
export interface BtfParts {
  readonly label: string;
  /** The kernel's, below a module's types. */
  readonly base: Btf | undefined;
  readonly types: ByteReader;
  /** Offset in `types` of each type. */
  readonly offsets: Uint32Array;
  readonly strings: StringTable;
}

/** The types of an object, of the kernel, or of a kernel module over those of the kernel (`base`). */
export class Btf {
  /** How messages name it. */
  readonly label: string;
  readonly byteOrder: ByteOrder;
  readonly base: Btf | undefined;
  /** The first type of its own: 1, or the number of types of `base`. */
  readonly firstTypeId: number;
  /** Ids are 0 (void) to `typeCount - 1`, those of `base` included. */
  readonly typeCount: number;
  /** Length of the strings, those of `base` included. */
  readonly stringBytes: number;
  private readonly parts: BtfParts;
  private readonly decoded: (BtfType | undefined)[] = [];
  private index: ReadonlyMap<string, readonly number[]> | undefined;

  constructor(parts: BtfParts) {
    this.parts = parts;
    this.label = parts.label;
    this.byteOrder = parts.types.order;
    this.base = parts.base;
    this.firstTypeId = parts.base?.typeCount ?? 1;
    this.typeCount = this.firstTypeId + parts.offsets.length;
    this.stringBytes = (parts.base?.stringBytes ?? 0) + parts.strings.bytes.byteLength;
  }

  /** The type with this id; 0 gives void. Throws InputError `btf-type-id` where there is none. */
  typeById(id: number): BtfType {
    if (id === 0) return VOID;
    if (id < this.firstTypeId && this.base !== undefined) return this.base.typeById(id);
    const own = id - this.firstTypeId;
    return this.decoded[own] ?? this.decode(own, id);
  }

  /** All types of exactly this name, of `base` first, by ascending id. */
  typesByName(name: string): readonly BtfType[] {
    return this.typesByEssentialName(essentialName(name)).filter(type => type.name === name);
  }

  /** All types whose name without its `___flavour` is this, of `base` first, by ascending id: the candidates of CO-RE. */
  typesByEssentialName(name: string): readonly BtfType[] {
    this.index ??= this.indexNames();
    const own = (this.index.get(name) ?? []).map(id => this.typeById(id));
    return this.base === undefined ? own : [...this.base.typesByEssentialName(name), ...own];
  }

  /** All types of its own, by ascending id; without void and without those of `base`. */
  *types(): Generator<BtfType> {
    for (let id = this.firstTypeId; id < this.typeCount; id++) yield this.typeById(id);
  }

  /** Text at an offset of the strings. Throws InputError as StringTable does. */
  text(offset: number): string {
    const below = this.base?.stringBytes ?? 0;
    if (this.base !== undefined && offset < below) return this.base.text(offset);
    return offset === 0 ? '' : this.parts.strings.text(offset - below);
  }

  private decode(own: number, id: number): BtfType {
    const at = this.parts.offsets[own];
    if (at === undefined) {
      throw new InputError('btf-type-id', `${this.label}: no type ${id}: there are ${this.typeCount}`);
    }
    const type = decodeType(this.parts.types, at, id, offset => this.text(offset));
    this.decoded[own] = type;
    return type;
  }

  private indexNames(): ReadonlyMap<string, readonly number[]> {
    const index = new Map<string, number[]>();
    const { types, offsets } = this.parts;
    offsets.forEach((at, own) => {
      const name = essentialName(this.text(types.u32(at)));
      if (name === '') return;
      const ids = index.get(name);
      if (ids === undefined) index.set(name, [own + this.firstTypeId]);
      else ids.push(own + this.firstTypeId);
    });
    return index;
  }
}

/** The name without the `___flavour` at its end, which CO-RE leaves out of account: `iphdr___old` is `iphdr`. */
export function essentialName(name: string): string {
  if (!name.includes('___')) return name;
  return /^(.*[^_])___[^_]/s.exec(name)?.[1] ?? name;
}
