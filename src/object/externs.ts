// Symbols that an object only declares: kernel configuration (`.kconfig`) and kernel symbols (`.ksyms`). libbpf 1.x
// bpf_object__collect_externs and resolve_externs.
import { type Btf, essentialName } from '../btf/btf.js';
import { skipModifiers } from '../btf/resolve.js';
import type { BtfFunction, BtfVariable } from '../btf/types.js';
import { SHN_UNDEF } from '../elf/constants.js';
import type { ElfFile, ElfSymbol } from '../elf/elf.js';
import { InputError } from '../support/errors.js';
import { type KconfigExtern, type KconfigText, layOutKconfig } from './kconfig.js';
import { arrayOfOne } from './maps-data.js';
import type { MapSpec } from './spec.js';

/** What an undefined symbol means. */
export type Extern =
  /** A byte range of the `.kconfig` map. */
  | { readonly kind: 'kconfig'; readonly name: string; readonly map: string; readonly offset: number }
  /** A function or variable of the kernel; `isTyped` where BTF gives it a type. */
  | { readonly kind: 'ksym'; readonly name: string; readonly isWeak: boolean; readonly isTyped: boolean };

/** The undefined symbols of an object. */
export interface Externs {
  /** The map of kernel configuration values, undefined where the object asks for none. */
  readonly kconfigMap: MapSpec | undefined;
  /** What the symbol means. Throws InputError `extern` in libbpf's words, with what to do. */
  readonly resolve: (symbol: ElfSymbol) => Extern;
}

type Declaration = { readonly kind: 'kconfig' } | { readonly kind: 'ksym'; readonly extern: Extern };

/** Reads the undefined symbols; `mapName` is what the map of configuration values is to be called. */
export function collectExterns(elf: ElfFile, btf: Btf | undefined, kconfig: KconfigText, mapName: string): Externs {
  const found = new Map<string, Declaration | InputError>();
  const wanted: KconfigExtern[] = [];
  const sections = btf === undefined ? new Map<number, string>() : sectionsOfDeclarations(btf);
  for (const symbol of elf.symbols.filter(isExtern)) {
    if (found.has(symbol.name)) continue;
    found.set(
      symbol.name,
      attempt(() => declare(symbol, btf, sections, wanted)),
    );
  }
  const layout = btf === undefined || wanted.length === 0 ? undefined : layOutKconfig(btf, wanted, kconfig);
  return {
    kconfigMap: layout && arrayOfOne(mapName, '.kconfig', layout.contents, true, btf),
    resolve(symbol) {
      const declaration = found.get(symbol.name) ?? undeclared(symbol.name, '-2');
      if (declaration instanceof Error) throw declaration;
      if (declaration.kind === 'ksym') return declaration.extern;
      const place = layout?.offsets.get(symbol.name);
      if (place === undefined || place instanceof Error) throw place ?? undeclared(symbol.name, '-2');
      return { kind: 'kconfig', name: symbol.name, map: mapName, offset: place };
    },
  };
}

function isExtern({ sectionIndex, type, binding, name }: ElfSymbol): boolean {
  return sectionIndex === SHN_UNDEF && type === 'notype' && (binding === 'global' || binding === 'weak') && name !== '';
}

function attempt<T>(body: () => T): T | InputError {
  try {
    return body();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** Name of the DATASEC that lists a declaration, by its type id. */
function sectionsOfDeclarations(btf: Btf): Map<number, string> {
  const sections = new Map<number, string>();
  for (const type of btf.types()) {
    if (type.kind !== 'datasec') continue;
    for (const { typeId } of type.entries) if (!sections.has(typeId)) sections.set(typeId, type.name);
  }
  return sections;
}

function declare(
  symbol: ElfSymbol,
  btf: Btf | undefined,
  sections: ReadonlyMap<number, string>,
  wanted: KconfigExtern[],
): Declaration {
  const { name } = symbol;
  const isWeak = symbol.binding === 'weak';
  if (btf === undefined) throw undeclared(name, '-3');
  const type = btf
    .typesByName(name)
    .find((candidate): candidate is BtfVariable | BtfFunction => candidate.kind === 'var' || candidate.kind === 'func');
  if (type === undefined) throw undeclared(name, '-2');
  if (type.linkage !== 'extern') throw undeclared(name, '-22');
  const section = sections.get(type.id);
  if (section === undefined) throw undeclared(name, `-2`, ` [${type.id}] section`);
  if (section === '.kconfig') {
    if (type.kind === 'func') throw wrong(`extern function ${name} is unsupported under .kconfig section`);
    wanted.push({ name, typeId: type.typeId, isWeak });
    return { kind: 'kconfig' };
  }
  if (section !== '.ksyms') throw wrong(`unrecognized extern section '${section}' (extern '${name}')`);
  const isTyped = type.kind === 'func' || skipModifiers(btf, type.typeId).kind !== 'void';
  // A kernel function may be declared several times, as `name___flavour`.
  const kernelName = type.kind === 'func' ? essentialName(name) : name;
  return { kind: 'ksym', extern: { kind: 'ksym', name: kernelName, isWeak, isTyped } };
}

function wrong(message: string): InputError {
  return new InputError('extern', message);
}

function undeclared(name: string, errno: string, place = ''): InputError {
  return wrong(`failed to find BTF for extern '${name}'${place}: ${errno}; ${adviceFor(name)}`);
}

/** The usual cause, by what the name looks like. */
function adviceFor(name: string): string {
  if (/^(ntoh|hton)[sl]l?$/.test(name)) {
    return `there is no C library in BPF: include <bpf/bpf_endian.h> and write bpf_${name}`;
  }
  if (/^(mem(cpy|set|move|cmp)|str(len|cmp|ncmp|cpy|ncpy))$/.test(name)) {
    return `there is no C library in BPF: write __builtin_${name} with a constant size, or a loop of your own`;
  }
  if (/^(f|sn?|v)?printf$/.test(name)) return 'there is no C library in BPF: write bpf_printk';
  if (name.startsWith('__') || name === 'abort') {
    return "it is of the compiler's runtime library, which BPF has not: avoid the operation that needs it (GCC: byte swaps, division), or use clang";
  }
  if (name.startsWith('bpf_')) {
    return `include <bpf/bpf_helpers.h> if it is a helper, or declare it 'extern ... __ksym' if it is a kernel function`;
  }
  return `it is declared but not defined: define it in this object (static __always_inline), link the object that defines it (bpftool gen object), or declare it __ksym or __kconfig if the kernel provides it`;
}
