// Objects of cases as BPF ELF files, for the engine that loads files: programs in `xdp`, their functions in `.text`, maps in `.maps`, and
// as much BTF as libbpf wants. gABI chapter 4; LLVM BPF relocations; Linux Documentation/bpf/btf.rst.
import { decodeSlots } from '../../isa/decode.js';
import { SLOT_BYTES } from '../../isa/instruction.js';
import { writeRaw } from '../../isa/raw.js';
import type { FunctionSpec, MapSpec, ObjectSpec, ProgramSpec, Reference } from '../../object/spec.js';
import { XDP_KFUNCS } from '../../platform/kfuncs.js';
import { ByteWriter } from '../../support/bytes.js';
import { InputError } from '../../support/errors.js';

/**
 * The file of an object made by objectOfCase.
 * Maps by their index look in it like maps by their descriptor: which of both they become is the loader's choice.
 * @throws InputError `object-file` for what only a system call can say: most addresses of map values
 */
export function writeObjectFile(object: ObjectSpec): Uint8Array {
  const functions = object.programs.flatMap(placedFunctions);
  const [programs, text] = [sectionCode(functions, XDP, object.maps), sectionCode(functions, TEXT, object.maps)];
  const externs = [...new Set([...programs.externs, ...text.externs])];
  const btf = new BtfBuilder();
  const extension = btf.functionInfo([programs, text]);
  btf.mapSection(object.maps.filter(({ name }) => name !== DATA_MAP));
  btf.kernelSection(externs);
  const names = new StringTable();
  const symbols = symbolTable(functions, object.maps, externs, names);
  const relocations = (code: SectionCode, info: number): Section =>
    section(info === XDP ? '.relxdp' : '.rel.text', 9, 0x40, relocationTable(code.relocations, symbols.indexes), {
      link: SYMBOLS,
      info,
      entry: 16,
    });
  const sections = [
    section('xdp', 1, 6, programs.bytes),
    section('.text', 1, 6, text.bytes),
    relocations(programs, XDP),
    relocations(text, TEXT),
    section('license', 1, 3, new TextEncoder().encode('GPL\0')),
    section('.BTF', 1, 0, btf.finish()),
    section('.BTF.ext', 1, 0, extension),
  ];
  const last = mapSections(object.maps);
  sections.push(section('.symtab', 2, 0, symbols.bytes, { link: SYMBOLS + 1 + last.length, info: 1, entry: 24 }));
  return elfFile([...sections, ...last], names);
}

/** Sections by index, as written above. */
const [XDP, TEXT, SYMBOLS] = [1, 2, 8];

/** The map that libbpf makes of the section `.data` of an object called `case`; the only one whose value has an address in a file. */
const DATA_MAP = 'case.data';

/** Behind the symbols: map definitions and data, where there are any. */
function mapSections(maps: readonly MapSpec[]): readonly Section[] {
  const defined = maps.filter(({ name }) => name !== DATA_MAP);
  const data = maps.find(({ name }) => name === DATA_MAP);
  return [
    ...(defined.length === 0 ? [] : [section('.maps', 1, 3, new Uint8Array(MAP_BYTES * defined.length))]),
    ...(data === undefined ? [] : [section('.data', 1, 3, new Uint8Array(data.valueSizeBytes))]),
  ];
}

interface PlacedFunction {
  readonly name: string;
  readonly section: number;
  readonly program: ProgramSpec;
  readonly function: FunctionSpec;
}

function placedFunctions(program: ProgramSpec): PlacedFunction[] {
  return program.functions.map((item, at) => ({
    name: at === 0 ? program.name : nameIn(program, item),
    section: at === 0 ? XDP : TEXT,
    program,
    function: item,
  }));
}

function nameIn(program: ProgramSpec, { name }: FunctionSpec): string {
  return `${program.name}_${name}`;
}

interface Relocation {
  readonly offsetBytes: number;
  readonly type: 1 | 10;
  readonly symbol: string;
}

interface SectionCode {
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
  readonly functions: readonly (PlacedFunction & { readonly offsetBytes: number })[];
  /** Kernel functions that the code names. */
  readonly externs: readonly string[];
}

function sectionCode(functions: readonly PlacedFunction[], index: number, maps: readonly MapSpec[]): SectionCode {
  const writer = new ByteWriter();
  const relocations: Relocation[] = [];
  const placed: (PlacedFunction & { readonly offsetBytes: number })[] = [];
  for (const item of functions.filter(({ section: own }) => own === index)) {
    const offsetBytes = writer.lengthBytes;
    placed.push({ ...item, offsetBytes });
    writer.raw(relocatableCode(item, offsetBytes, maps, relocations));
  }
  const externs = functions.flatMap(item => [...item.program.references.values()].flatMap(externName));
  return { bytes: writer.finish(), relocations, functions: placed, externs };
}

function externName(reference: Reference): readonly string[] {
  return reference.kind === 'kfunc' || reference.kind === 'ksym' ? [reference.name] : [];
}

/** A function's code with the fields cleared that libbpf fills; what it is to fill goes to `relocations`. */
function relocatableCode(
  { program, function: own }: PlacedFunction,
  offsetBytes: number,
  maps: readonly MapSpec[],
  relocations: Relocation[],
): Uint8Array {
  const code = program.code.slice(own.slot * SLOT_BYTES, (own.slot + own.slots) * SLOT_BYTES);
  const functionAt = (slot: number): string => {
    const found = program.functions.find(item => item.slot === own.slot + slot);
    if (found === undefined || found.slot === 0) throw cannot('a call of the program itself');
    return nameIn(program, found);
  };
  for (const [slot, instruction] of decodeSlots(code).instructions.entries()) {
    const at = offsetBytes + slot * SLOT_BYTES;
    const [extern] = [program.references.get(own.slot + slot)].flatMap(found => (found ? externName(found) : []));
    if (instruction?.kind === 'call' && instruction.target.kind !== 'helper') {
      const { target } = instruction;
      const symbol = target.kind === 'function' ? functionAt(slot + 1 + target.offset) : extern;
      if (symbol === undefined) throw cannot('a kernel function without its name');
      relocations.push({ offsetBytes: at, type: 10, symbol });
      writeRaw(code, slot, { src: 1, imm: -1 });
    }
    if (instruction?.kind !== 'loadImmediate64' || instruction.source === 0) continue;
    const { source, low, high } = instruction;
    const symbol = source === 4 ? functionAt(slot + 1 + low) : (extern ?? maps[low]?.name);
    const isOfData = source === 2 || source === 6;
    if (symbol === undefined || isOfData !== (symbol === DATA_MAP)) {
      throw cannot(isOfData ? `the address of the value of a map but ${DATA_MAP}` : 'such a 64-bit immediate load');
    }
    relocations.push({ offsetBytes: at, type: 1, symbol });
    writeRaw(code, slot, { src: 0, imm: high });
    writeRaw(code, slot + 1, { imm: 0 });
  }
  return code;
}

function cannot(what: string): InputError {
  return new InputError('object-file', `an object file cannot say ${what}`);
}

/** Names at their offsets; the same name may stand there twice. */
class StringTable {
  private readonly writer = new ByteWriter().u8(0);

  add(name: string): number {
    if (name === '') return 0;
    const offset = this.writer.lengthBytes;
    this.writer.raw(new TextEncoder().encode(name)).u8(0);
    return offset;
  }

  bytes(): Uint8Array {
    return this.writer.finish();
  }
}

function symbolTable(
  functions: readonly PlacedFunction[],
  maps: readonly MapSpec[],
  externs: readonly string[],
  names: StringTable,
) {
  const writer = new ByteWriter().raw(new Uint8Array(24));
  const indexes = new Map<string, number>();
  const ends = new Map<number, number>();
  const add = (name: string, info: number, place: number, sizeBytes: number) => {
    const value = ends.get(place) ?? 0;
    indexes.set(name, indexes.size + 1);
    ends.set(place, value + sizeBytes);
    writer.u32(names.add(name)).u8(info).u8(0).u16(place).u64(BigInt(value)).u64(BigInt(sizeBytes));
  };
  for (const item of functions) add(item.name, GLOBAL_FUNCTION, item.section, item.function.slots * SLOT_BYTES);
  for (const { name, valueSizeBytes } of maps) {
    const isData = name === DATA_MAP;
    const place = SYMBOLS + (isData ? mapSections(maps).length : 1);
    add(name, GLOBAL_OBJECT, place, isData ? valueSizeBytes : MAP_BYTES);
  }
  for (const name of externs) add(name, GLOBAL_UNTYPED, UNDEFINED, 0);
  return { bytes: writer.finish(), indexes };
}

const GLOBAL_FUNCTION = 0x12;
const GLOBAL_OBJECT = 0x11;
const GLOBAL_UNTYPED = 0x10;
/** The section of symbols that are somewhere else. */
const UNDEFINED = 0;

function relocationTable(relocations: readonly Relocation[], symbols: ReadonlyMap<string, number>): Uint8Array {
  const writer = new ByteWriter();
  for (const { offsetBytes, type, symbol } of relocations) {
    writer.u64(BigInt(offsetBytes)).u64((BigInt(symbols.get(symbol)!) << 32n) | BigInt(type));
  }
  return writer.finish();
}

/** Linkage of a FUNC that is declared only. */
const EXTERN = 2;

/** Members of a map's struct in `.maps`, each a pointer: type, sizes, entries, flags. */
const MAP_MEMBERS = 5;
const MAP_BYTES = 8 * MAP_MEMBERS;

/** BTF of functions without parameters and of map definitions. */
class BtfBuilder {
  private readonly types = new ByteWriter();
  private readonly names = new StringTable();
  private count = 0;
  private readonly int = this.type('int', 1, 0, 0, 4, 0x0100_0020);
  private readonly proto = this.type('', 13, 0, 0, this.int);

  /** A type; `words` stand behind it. @returns its id */
  private type(
    name: string,
    kind: number,
    vlen: number,
    kindFlag: number,
    sizeOrType: number,
    ...words: number[]
  ): number {
    this.types
      .u32(this.names.add(name))
      .u32(((kindFlag << 31) | (kind << 24) | vlen) >>> 0)
      .u32(sizeOrType);
    for (const word of words) this.types.u32(word);
    return ++this.count;
  }

  /** Adds the functions of the sections; gives .BTF.ext that tells where each starts. Main programs are global, others static. */
  functionInfo(sections: readonly SectionCode[]): Uint8Array {
    const info = new ByteWriter().u32(8);
    for (const { functions } of sections) {
      if (functions.length === 0) continue;
      info.u32(this.names.add(functions[0]!.section === XDP ? 'xdp' : '.text')).u32(functions.length);
      for (const item of functions) {
        const linkage = item.section === XDP ? 1 : 0;
        info.u32(item.offsetBytes).u32(this.type(item.name, 12, linkage, 0, this.proto));
      }
    }
    const records = info.finish();
    const header = new ByteWriter().u16(0xeb9f).u8(1).u8(0).u32(24);
    // No line information.
    header.u32(0).u32(records.byteLength).u32(records.byteLength).u32(0);
    return header.raw(records).finish();
  }

  /** Adds the data section `.maps`. */
  mapSection(maps: readonly MapSpec[]): void {
    if (maps.length === 0) return;
    const variables = maps.map(map => {
      const members = MEMBERS.flatMap(([name, value], at) => [this.names.add(name), this.number(value(map)), 64 * at]);
      return this.type(map.name, 14, 0, 0, this.type('', 4, MAP_MEMBERS, 0, MAP_BYTES, ...members), 1);
    });
    const places = variables.flatMap((variable, at) => [variable, at * MAP_BYTES, MAP_BYTES]);
    this.type('.maps', 15, maps.length, 0, maps.length * MAP_BYTES, ...places);
  }

  /** Adds the kernel functions that the object declares, in the pretended section `.ksyms`. */
  kernelSection(externs: readonly string[]): void {
    if (externs.length === 0) return;
    const declared = externs.map(name => this.type(name, 12, EXTERN, 0, this.prototype(name)));
    this.type('.ksyms', 15, declared.length, 0, 0, ...declared.flatMap(id => [id, 0, 0]));
  }

  /** libbpf compares kinds: numbers, pointers to structs, nothing. */
  private prototype(name: string): number {
    const kfunc = Object.entries(XDP_KFUNCS).find(([known]) => known === name)?.[1];
    if (kfunc === undefined) throw cannot(`the prototype of ${name}`);
    const parameters = kfunc.parameters.flatMap(text => [0, this.kindOf(text)]);
    const result = this.kindOf(kfunc.result);
    return this.type('', 13, kfunc.parameters.length, 0, result, ...parameters);
  }

  private kindOf(declaration: string): number {
    if (declaration === 'void') return 0;
    if (!declaration.includes('*')) return this.int;
    const target = /struct (\w+)/.exec(declaration)?.[1];
    return this.type('', 2, 0, 0, target === undefined ? 0 : this.type(target, 4, 0, 0, 0));
  }

  /** A number in a map's definition: a pointer to an array of so many elements. */
  private number(value: number): number {
    return this.type('', 2, 0, 0, this.type('', 3, 0, 0, 0, this.int, this.int, value));
  }

  finish(): Uint8Array {
    const [types, names] = [this.types.finish(), this.names.bytes()];
    const header = new ByteWriter().u16(0xeb9f).u8(1).u8(0).u32(24);
    header.u32(0).u32(types.byteLength).u32(types.byteLength).u32(names.byteLength);
    return header.raw(types).raw(names).finish();
  }
}

const MEMBERS: readonly (readonly [string, (map: MapSpec) => number])[] = [
  ['type', map => map.type],
  ['key_size', map => map.keySizeBytes],
  ['value_size', map => map.valueSizeBytes],
  ['max_entries', map => map.maxEntries],
  ['map_flags', map => map.flags],
];

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
  readonly link: number;
  readonly info: number;
  readonly entry: number;
}

function section(
  name: string,
  type: number,
  flags: number,
  bytes: Uint8Array,
  { link = 0, info = 0, entry = 0 }: Partial<Pick<Section, 'link' | 'info' | 'entry'>> = {},
): Section {
  return { name, type, flags, bytes, link, info, entry };
}

const HEADER_BYTES = 64;

/** Header, sections in order, their string table (the last section), section headers. */
function elfFile(sections: readonly Section[], names: StringTable): Uint8Array {
  const nameOffsets = [...sections.map(({ name }) => names.add(name)), names.add('.strtab')];
  const all = [...sections, section('.strtab', 3, 0, names.bytes())];
  const body = new ByteWriter();
  const headers = new ByteWriter().raw(new Uint8Array(HEADER_BYTES));
  for (const [at, item] of all.entries()) {
    body.align(8);
    headers.u32(nameOffsets[at]!).u32(item.type).u64(BigInt(item.flags)).u64(0n);
    headers.u64(BigInt(HEADER_BYTES + body.lengthBytes)).u64(BigInt(item.bytes.byteLength));
    headers.u32(item.link).u32(item.info).u64(8n).u64(BigInt(item.entry));
    body.raw(item.bytes);
  }
  body.align(8);
  const header = new ByteWriter().raw(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1)).align(16);
  header
    .u16(1)
    .u16(247)
    .u32(1)
    .u64(0n)
    .u64(0n)
    .u64(BigInt(HEADER_BYTES + body.lengthBytes))
    .u32(0);
  header
    .u16(HEADER_BYTES)
    .u16(0)
    .u16(0)
    .u16(64)
    .u16(all.length + 1)
    .u16(all.length);
  return header.raw(body.finish()).raw(headers.finish()).finish();
}
