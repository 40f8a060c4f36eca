// What an ELF object holds: sections, symbols and relocations, checked but not yet given a BPF meaning. gABI chapters 4 and 5.
import type { ByteOrder } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { SHT_SYMTAB } from './constants.js';

/** A 64-bit relocatable BPF object. Every index and range in it has been checked, except as the fields say. */
export interface ElfFile {
  readonly fileName: string;
  readonly byteOrder: ByteOrder;
  /** EM_BPF or EM_NONE. */
  readonly machine: number;
  /** e_flags. */
  readonly flags: number;
  /** By section index; the first is the null section. */
  readonly sections: readonly ElfSection[];
  /** By symbol index; the first is the null symbol. Empty in a stripped file, see `requireSymbolTable`. */
  readonly symbols: readonly ElfSymbol[];
  /** SHT_REL and SHT_RELA sections, in file order. */
  readonly relocations: readonly ElfRelocationSection[];
}

/** A section and its bytes. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** SHT_*. */
  readonly type: number;
  /** SHF_* bits, the low 32. */
  readonly flags: number;
  readonly isExecutable: boolean;
  readonly isWritable: boolean;
  readonly isAllocated: boolean;
  /** As the file says, at most 2^32 - 1; for SHT_NOBITS no bytes stand behind it. */
  readonly sizeBytes: number;
  /** 0 and 1 both mean none. */
  readonly alignmentBytes: number;
  readonly entrySizeBytes: number;
  /** sh_link and sh_info, as in the file and not checked. */
  readonly link: number;
  readonly info: number;
  /** The bytes in the file, not copied; empty for SHT_NOBITS and SHT_NULL. */
  readonly data: Uint8Array;
  readonly fileOffset: number;
}

export type ElfSymbolType = 'notype' | 'object' | 'func' | 'section' | 'file' | 'common' | 'tls' | number;
export type ElfSymbolBinding = 'local' | 'global' | 'weak' | number;
export type ElfSymbolVisibility = 'default' | 'internal' | 'hidden' | 'protected';

/** An entry of the symbol table. */
export interface ElfSymbol {
  readonly index: number;
  /** '' for most section symbols. */
  readonly name: string;
  /** Offset in its section, bytes. */
  readonly value: number;
  readonly sizeBytes: number;
  /** A number where the format reserves the value. */
  readonly type: ElfSymbolType;
  readonly binding: ElfSymbolBinding;
  readonly visibility: ElfSymbolVisibility;
  /** Section it belongs to, or SHN_UNDEF, SHN_ABS, SHN_COMMON; SHN_XINDEX is resolved. May name no section: not checked. */
  readonly sectionIndex: number;
}

/** The relocations of one section. */
export interface ElfRelocationSection {
  /** The SHT_REL or SHT_RELA section itself. */
  readonly section: ElfSection;
  /** Index of the section that the relocations apply to. */
  readonly target: number;
  readonly relocations: readonly ElfRelocation[];
}

/** One relocation. */
export interface ElfRelocation {
  /** In the target section; not checked against its size. */
  readonly offsetBytes: number;
  /** R_BPF_*. */
  readonly type: number;
  /** Index into `ElfFile.symbols`; 0 for none. */
  readonly symbolIndex: number;
  /** From SHT_RELA; undefined in SHT_REL, where it stands in the bytes to be relocated. */
  readonly addend: number | undefined;
}

/** True where the file has a symbol table. */
export function hasSymbolTable(elf: ElfFile): boolean {
  return elf.sections.some(section => section.type === SHT_SYMTAB);
}

/** Throws InputError `elf-symbols`, in libbpf's words, for an object without symbol table: nothing in it can be loaded. */
export function requireSymbolTable(elf: ElfFile): void {
  if (hasSymbolTable(elf)) return;
  throw new InputError('elf-symbols', `elf: couldn't find symbol table in ${elf.fileName}, stripped object file?`);
}
