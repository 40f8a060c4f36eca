// Numbers of the ELF format that BPF objects use. gABI chapters 4 and 5; relocation types from the LLVM BPF ABI
// (kernel Documentation/bpf/llvm_reloc.rst).

/** e_machine of BPF objects; compilers before 2016 wrote EM_NONE. */
export const EM_NONE = 0;
export const EM_BPF = 247;

/** e_type of relocatable objects. */
export const ET_REL = 1;

/** Section types, sh_type. */
export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_SYMTAB_SHNDX = 18;
export const SHT_LLVM_ADDRSIG = 0x6fff4c03;

/** Section flags, sh_flags. */
export const SHF_WRITE = 1;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;

/** Section indices with a meaning of their own. From SHN_LORESERVE on, an index names no section. */
export const SHN_UNDEF = 0;
export const SHN_LORESERVE = 0xff00;
export const SHN_ABS = 0xfff1;
export const SHN_COMMON = 0xfff2;
export const SHN_XINDEX = 0xffff;

/** Relocation types of BPF. */
export const R_BPF_NONE = 0;
export const R_BPF_64_64 = 1;
export const R_BPF_64_ABS64 = 2;
export const R_BPF_64_ABS32 = 3;
export const R_BPF_64_NODYLD32 = 4;
export const R_BPF_64_32 = 10;

const RELOCATION_NAMES: Readonly<Record<number, string>> = {
  [R_BPF_NONE]: 'R_BPF_NONE',
  [R_BPF_64_64]: 'R_BPF_64_64',
  [R_BPF_64_ABS64]: 'R_BPF_64_ABS64',
  [R_BPF_64_ABS32]: 'R_BPF_64_ABS32',
  [R_BPF_64_NODYLD32]: 'R_BPF_64_NODYLD32',
  [R_BPF_64_32]: 'R_BPF_64_32',
};

/** `R_BPF_64_64` and so on; `R_BPF_<number>` for types that the ABI does not know. */
export function relocationName(type: number): string {
  return RELOCATION_NAMES[type] ?? `R_BPF_${type}`;
}
