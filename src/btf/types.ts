// The kinds of BTF types. Kernel Documentation/bpf/btf.rst, section 2; numbers from include/uapi/linux/btf.h.

/** A type. `id` is its number, `name` is '' where it has none; a `typeId` of 0 means void. */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfReference
  | BtfTypeTag
  | BtfFunction
  | BtfFunctionPrototype
  | BtfVariable
  | BtfDataSection
  | BtfFloat
  | BtfDeclarationTag;

/** `struct` and so on, as the union above names them. */
export type BtfKind = BtfType['kind'];

interface Common {
  readonly id: number;
  readonly name: string;
}

/** Type 0. */
export interface BtfVoid extends Common {
  readonly kind: 'void';
}

export interface BtfInt extends Common {
  readonly kind: 'int';
  readonly sizeBytes: number;
  /** Bits in use, and where they start; other than 8 times the size only in bitfields of old compilers. */
  readonly bits: number;
  readonly bitOffset: number;
  /** The encoding bits. */
  readonly isSigned: boolean;
  readonly isChar: boolean;
  readonly isBool: boolean;
}

export interface BtfArray extends Common {
  readonly kind: 'array';
  readonly elementTypeId: number;
  readonly indexTypeId: number;
  readonly elementCount: number;
}

export interface BtfComposite extends Common {
  readonly kind: 'struct' | 'union';
  readonly sizeBytes: number;
  readonly members: readonly BtfMember[];
}

export interface BtfMember {
  readonly name: string;
  readonly typeId: number;
  /** From the start of the struct; counted from the least significant bit on little-endian machines, else from the most significant. */
  readonly bitOffset: number;
  /** 0 where the member is no bitfield, or where an old compiler put the width into its int type. */
  readonly bitfieldBits: number;
}

/** `enum64` has values of 64 bits. */
export interface BtfEnum extends Common {
  readonly kind: 'enum' | 'enum64';
  readonly sizeBytes: number;
  readonly isSigned: boolean;
  readonly values: readonly BtfEnumValue[];
}

export interface BtfEnumValue {
  readonly name: string;
  readonly value: bigint;
}

/** `struct foo;` or `union foo;` without contents. */
export interface BtfForward extends Common {
  readonly kind: 'fwd';
  readonly isUnion: boolean;
}

export interface BtfReference extends Common {
  readonly kind: 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict';
  readonly typeId: number;
}

/** `name` is the tag; `isAttribute` says that it stands for any attribute (Linux 6.15). */
export interface BtfTypeTag extends Common {
  readonly kind: 'type_tag';
  readonly typeId: number;
  readonly isAttribute: boolean;
}

/** How a function or variable is visible; a number where the format has no name for it. */
export type BtfLinkage = 'static' | 'global' | 'extern' | number;

export interface BtfFunction extends Common {
  readonly kind: 'func';
  /** Its func_proto. */
  readonly typeId: number;
  readonly linkage: BtfLinkage;
}

export interface BtfFunctionPrototype extends Common {
  readonly kind: 'func_proto';
  readonly returnTypeId: number;
  /** A last one without name and with type 0 means `...`. */
  readonly parameters: readonly BtfParameter[];
}

export interface BtfParameter {
  readonly name: string;
  readonly typeId: number;
}

export interface BtfVariable extends Common {
  readonly kind: 'var';
  readonly typeId: number;
  readonly linkage: BtfLinkage;
}

/** An ELF section with variables in it, or one of the pretended ones: `.kconfig`, `.ksyms`. */
export interface BtfDataSection extends Common {
  readonly kind: 'datasec';
  /** 0 as compilers write it; linkers and loaders fill it in. */
  readonly sizeBytes: number;
  readonly entries: readonly BtfDataSectionEntry[];
}

export interface BtfDataSectionEntry {
  /** A `var`, or a `func` in `.ksyms`. */
  readonly typeId: number;
  /** 0 as compilers write it, where a relocation gives the place. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export interface BtfFloat extends Common {
  readonly kind: 'float';
  readonly sizeBytes: number;
}

/** `name` is the tag. */
export interface BtfDeclarationTag extends Common {
  readonly kind: 'decl_tag';
  readonly typeId: number;
  /** Member or parameter it belongs to; -1 for the whole. */
  readonly componentIndex: number;
  readonly isAttribute: boolean;
}
