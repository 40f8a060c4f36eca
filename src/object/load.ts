// From the bytes of an object file to its ObjectSpec: what programs and maps the file means, linked and relocated by name.
import type { Btf } from '../btf/btf.js';
import { type BtfExt, parseBtfExt } from '../btf/ext.js';
import { parseBtf } from '../btf/parse.js';
import type { BtfValue } from '../btf/value.js';
import { type ElfFile, requireSymbolTable } from '../elf/elf.js';
import { parseElf } from '../elf/parse.js';
import { during, InputError } from '../support/errors.js';

import { calledFunctions } from './calls.js';
import { applyCoreRelocations } from './core/apply.js';
import { readExceptionCallbacks } from './exception-callbacks.js';
import { collectExterns } from './externs.js';
import { type CodeFunction, cutFunctions, type FunctionIndex } from './functions.js';
import { setGlobals } from './globals.js';
import type { KconfigText } from './kconfig.js';
import { newLinkBudget } from './link.js';
import { fillSlots } from './map-slots.js';
import { dataMapName } from './maps-data.js';
import { describePrograms } from './programs.js';
import { readMaps, withMaxEntries } from './read-maps.js';
import { attachReferences } from './references.js';
import { dispatcherVersionOf, readRunConfigs } from './run-config.js';
import { classifySections, type ObjectSections } from './sections.js';
import { readSourceInfo } from './source-info.js';
import type { ObjectSpec } from './spec.js';

/** What may be chosen when an object is loaded. All of it changes the result, so reports echo it. */
export interface LoadOptions {
  /** How messages name the object; also the start of the names of data maps, as libbpf makes them. */
  readonly fileName: string;
  /** Types that CO-RE adapts the object to; its own where not given, so that fields stay where they were compiled. */
  readonly targetBtf?: Btf;
  /** Values of `__kconfig` variables: a kernel's configuration file, or values by name. See KCONFIG_DEFAULTS for the rest. */
  readonly kconfig?: KconfigText;
  /** Sizes of maps, by map name, instead of those of the object. */
  readonly maxEntries?: Readonly<Record<string, number>>;
  /** Initial values of global variables, by name: JSON values that fit the variable's BTF type. */
  readonly globals?: Readonly<Record<string, BtfValue>>;
  /**
   * Accepts what libbpf refuses although its meaning is clear: static functions in program sections, calls of functions there, and
   * programs that cannot be prepared beside others that can. Takes offsets once that the GNU assembler wrote twice.
   */
  readonly lenient?: boolean;
  /** An XDP program that cannot be prepared only loses itself (`otherPrograms`, type `xdp`), as if it were the only one not loaded. */
  readonly eachAlone?: boolean;
}

/**
 * The object's XDP programs, linked, with its maps. Big-endian objects are converted: code, type information and sizes are little-endian
 * in the result; global variables whose type BTF tells are turned round, other bytes of data sections stay (see the warning that such an
 * object gets).
 *
 * libbpf opens an object whole or not at all. Here an error belongs to what it is in: a broken map matters only to programs that use it,
 * and a program of another type, or one that is not loaded by default, only loses itself (`otherPrograms`). An XDP program that is loaded
 * by default and cannot be prepared fails the object, as does an object none of whose XDP programs can be. An object without any XDP
 * program gives an empty `programs`.
 * @throws InputError, its message `file: step: section or program: what is wrong`
 */
export function loadObject(bytes: Uint8Array, options: LoadOptions): ObjectSpec {
  try {
    return load(bytes, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.code, printable(`${options.fileName}: ${error.message}`));
  }
}

/** Names come from the file: control characters in them must not reach a terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function load(bytes: Uint8Array, options: LoadOptions): ObjectSpec {
  const warnings: string[] = [];
  const lenient = options.lenient ?? false;
  const elf = readElf(bytes, options.fileName);
  const sections = during('classify sections', () => classifySections(elf, bytes.byteLength));
  const { btf, ext } = readTypes(sections, warnings);
  const kconfigName = dataMapName(options.fileName, '.kconfig');
  const externs = during('read externs', () => collectExterns(elf, btf, options.kconfig ?? {}, kconfigName));
  const maps = during('read maps', () => readMaps(elf, sections, btf, externs.kconfigMap, warnings));
  const functions = during('cut functions', () => cutFunctions(elf, sections.code, warnings));
  const isCallable = callableSections(sections, lenient);
  const relocations = during('read relocations', () =>
    attachReferences({
      elf,
      functions,
      maps: maps.index,
      externs,
      isCallable,
      isGnu: sections.isGnu,
      lenient,
      warnings,
    }),
  );
  const coreRelocations = during('apply CO-RE', () =>
    applyCoreRelocations({ functions, code: sections.code, btf, ext, target: options.targetBtf }),
  );
  const source = readSourceInfo(ext, functions, sections.code);
  const exceptionCallbacks = readExceptionCallbacks(btf, functions);
  const linkInput = {
    functions,
    source,
    isCallable,
    exceptionCallbackOf: (main: CodeFunction) => exceptionCallbacks.get(source.typeIdOf(main) ?? 0),
    budget: newLinkBudget(),
    callSites: new Map(),
  };
  const entries = entryPoints(functions, sections, lenient);
  const programs = describePrograms(entries, {
    link: linkInput,
    btf,
    runConfigs: readRunConfigs(btf),
    lenient,
    eachAlone: options.eachAlone ?? false,
    warnings,
  });
  const filled = during('fill maps', () => fillSlots(elf, sections, maps, programs, warnings));
  const sized = withMaxEntries(filled.maps, options.maxEntries ?? {});
  const set = during('set variables', () => setGlobals(elf, sections, btf, sized, options.globals ?? {}));
  if (elf.byteOrder === 'big') warnings.push(BIG_ENDIAN_WARNING);
  const dispatcherVersion = dispatcherVersionOf(btf);
  return {
    fileName: options.fileName,
    byteOrder: elf.byteOrder,
    license: sections.license,
    programs: programs.programs,
    otherPrograms: programs.otherPrograms.map(other => ({ ...other, reason: printable(other.reason) })),
    maps: set,
    relocations: [...relocations, ...filled.relocations, ...coreRelocations],
    btf,
    ...(options.targetBtf !== undefined && { targetTypes: options.targetBtf }),
    ...(dispatcherVersion === undefined ? {} : { dispatcherVersion }),
    warnings: [...new Set(warnings.map(printable))],
  };
}

function readElf(bytes: Uint8Array, fileName: string): ElfFile {
  try {
    const elf = parseElf(bytes, fileName);
    requireSymbolTable(elf);
    return elf;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // The name stands in front already.
    throw new InputError(error.code, `read ELF: ${error.message.replace(`${fileName}: `, '')}`);
  }
}

const BIG_ENDIAN_WARNING =
  'compiled for big-endian machines: instructions, types and typed global variables are converted, but constants that the compiler turned into network order are not, so packets may be judged differently than on the machine it was compiled for';

/** Type information; what cannot be used is left out with a note, as libbpf does where no map needs it. */
function readTypes(
  { btf, btfExt }: ObjectSections,
  warnings: string[],
): { readonly btf: Btf | undefined; readonly ext: BtfExt | undefined } {
  if (btf === undefined) return { btf: undefined, ext: undefined };
  const types = attempt('.BTF', warnings, () => parseBtf(btf.data, '.BTF'));
  if (types !== undefined) noteRefusedTypes(types, warnings);
  if (types === undefined || btfExt === undefined) return { btf: types, ext: undefined };
  return { btf: types, ext: attempt('.BTF.ext', warnings, () => parseBtfExt(btfExt.data, types, '.BTF.ext')) };
}

/** GCC 12 gives `signed char` two encodings; libbpf goes on without types then, and so do map definitions that need none. */
function noteRefusedTypes(btf: Btf, warnings: string[]): void {
  for (const type of btf.types()) {
    if (type.kind !== 'int' || Number(type.isSigned) + Number(type.isChar) + Number(type.isBool) < 2) continue;
    warnings.push(
      `type information (.BTF): Linux refuses it (-524: [${type.id}] INT ${type.name}: Unsupported encoding); programs and maps are created without it`,
    );
    return;
  }
}

function attempt<T>(name: string, warnings: string[], body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    warnings.push(`type information (${name}) ignored: ${error.message}`);
    return undefined;
  }
}

/** libbpf only calls into `.text`. */
function callableSections({ code, text }: ObjectSections, lenient: boolean): (sectionIndex: number) => boolean {
  const callable = new Set((lenient ? code : code.filter(section => section === text)).map(section => section.index));
  return index => callable.has(index);
}

/**
 * The functions that something outside calls: all of program sections, static ones apart when lenient (they are subprograms then). `.text`
 * holds subprograms, unless there is nothing else: then its global functions that no other one calls.
 */
function entryPoints(functions: FunctionIndex, { text }: ObjectSections, lenient: boolean): readonly CodeFunction[] {
  const outside = functions.all.filter(({ section }) => section !== text);
  if (outside.length > 0) {
    const hasGlobal = new Set(outside.filter(fn => !fn.isLocal).map(fn => fn.section));
    return outside.filter(fn => !(lenient && fn.isLocal && hasGlobal.has(fn.section)));
  }
  const [only, ...more] = functions.all;
  if (only !== undefined && more.length === 0) return [only];
  const called = calledFunctions(functions);
  return functions.all.filter(fn => !fn.isLocal && !called.has(fn));
}
