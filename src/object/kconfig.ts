// `extern ... __kconfig` variables: values of the kernel's configuration, gathered in one read-only map. libbpf 1.x
// bpf_object__process_kconfig_line, cmp_externs.
import type { Btf } from '../btf/btf.js';
import { sizeOf, skipModifiers } from '../btf/resolve.js';
import { InputError } from '../support/errors.js';

/** Configuration as the text of a kernel's `.config`, or as values by name. */
export type KconfigText = string | Readonly<Record<string, string | number>>;

/** A variable that an object asks for. */
export interface KconfigExtern {
  readonly name: string;
  readonly typeId: number;
  readonly isWeak: boolean;
}

/** The values, laid out as libbpf does. */
export interface KconfigLayout {
  readonly contents: Uint8Array;
  /** Where each variable stands in the contents, or why it has no value. */
  readonly offsets: ReadonlyMap<string, number | InputError>;
}

/** LINUX_KERNEL_VERSION of the reference kernel, 6.18.0. */
export const REFERENCE_KERNEL_VERSION = (6 << 16) | (18 << 8);

/**
 * What holds where the given configuration says nothing: an x86-64 distribution kernel at the reference version. Everything that is not
 * in here must be given, or be declared weak (then it is 0).
 */
export const KCONFIG_DEFAULTS: Readonly<Record<string, string>> = {
  LINUX_KERNEL_VERSION: String(REFERENCE_KERNEL_VERSION),
  LINUX_HAS_BPF_COOKIE: '1',
  LINUX_HAS_SYSCALL_WRAPPER: '1',
  CONFIG_HZ: '250',
  CONFIG_64BIT: 'y',
  CONFIG_X86_64: 'y',
  CONFIG_SMP: 'y',
  CONFIG_NET: 'y',
  CONFIG_INET: 'y',
  CONFIG_IPV6: 'y',
  CONFIG_BPF: 'y',
  CONFIG_BPF_SYSCALL: 'y',
  CONFIG_BPF_JIT: 'y',
  CONFIG_BPF_JIT_ALWAYS_ON: 'y',
  CONFIG_XDP_SOCKETS: 'y',
  CONFIG_DEBUG_INFO_BTF: 'y',
  CONFIG_NF_CONNTRACK: 'y',
};

type ValueKind = 'bool' | 'char' | 'integer' | 'tristate' | 'text';

interface Slot {
  readonly extern: KconfigExtern;
  readonly kind: ValueKind | undefined;
  readonly sizeBytes: number;
  readonly alignment: number;
  readonly isSigned: boolean;
}

/** More would be no configuration: libbpf's types are numbers and short strings. */
const MAX_VALUE_BYTES = 65536;
const MAX_BYTES = 1 << 20;

/** Places and fills the variables; what is wrong with one of them is told when it is used. Throws InputError `kconfig` for too many. */
export function layOutKconfig(btf: Btf, externs: readonly KconfigExtern[], config: KconfigText): KconfigLayout {
  const given = typeof config === 'string' ? parseKconfig(config) : config;
  const slots = externs.map(extern => slotOf(btf, extern)).sort(bySize);
  const offsets = new Map<string, number | InputError>();
  const ends = place(slots);
  if ((ends.at(-1) ?? 0) > MAX_BYTES) {
    throw new InputError('kconfig', `.kconfig variables: ${ends.at(-1)} bytes are more than ${MAX_BYTES}`);
  }
  const contents = new Uint8Array(ends.at(-1) ?? 0);
  for (const [index, slot] of slots.entries()) {
    const offset = ends[index]! - slot.sizeBytes;
    offsets.set(slot.extern.name, fill(contents.subarray(offset, ends[index]), slot, given) ?? offset);
  }
  return { contents, offsets };
}

/** `CONFIG_X=value` lines; comments and others are left out. Throws InputError `kconfig` for a line without value. */
export function parseKconfig(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = Object.create(null);
  for (const line of text.split(/\r?\n/)) {
    if (!/^(CONFIG|LINUX)_/.test(line)) continue;
    const equals = line.indexOf('=');
    if (equals < 0) throw new InputError('kconfig', `failed to parse '${line}': no separator`);
    if (equals === line.length - 1) throw new InputError('kconfig', `failed to parse '${line}': no value`);
    values[line.slice(0, equals)] ??= line.slice(equals + 1);
  }
  return values;
}

/** Offsets of the ends, aligned. */
function place(slots: readonly Slot[]): number[] {
  let end = 0;
  return slots.map(({ sizeBytes, alignment }) => {
    end = Math.ceil(end / alignment) * alignment + sizeBytes;
    return end;
  });
}

/** By alignment, largest first; then by size, smallest first; then by name. */
function bySize(a: Slot, b: Slot): number {
  const byName = a.extern.name < b.extern.name ? -1 : 1;
  return b.alignment - a.alignment || a.sizeBytes - b.sizeBytes || byName;
}

function slotOf(btf: Btf, extern: KconfigExtern): Slot {
  const type = skipModifiers(btf, extern.typeId);
  const sizeBytes = sizeOf(btf, extern.typeId) ?? 0;
  if (sizeBytes === 0 || sizeBytes > MAX_VALUE_BYTES) {
    return { extern, kind: undefined, sizeBytes: 0, alignment: 1, isSigned: false };
  }
  const kind = kindOf(btf, extern.typeId);
  const alignment = type.kind === 'array' || kind === undefined ? 1 : Math.min(8, sizeBytes);
  return { extern, kind, sizeBytes, alignment, isSigned: type.kind === 'int' && type.isSigned };
}

function kindOf(btf: Btf, typeId: number): ValueKind | undefined {
  const type = skipModifiers(btf, typeId);
  switch (type.kind) {
    case 'int':
      if (type.isBool) return type.sizeBytes === 1 ? 'bool' : undefined;
      if (type.sizeBytes === 1) return 'char';
      return [2, 4, 8].includes(type.sizeBytes) ? 'integer' : undefined;
    case 'enum':
    case 'enum64':
      return type.name === 'libbpf_tristate' && (type.kind === 'enum64' || type.sizeBytes === 4)
        ? 'tristate'
        : undefined;
    case 'array':
      return type.elementCount > 0 && kindOfElement(btf, type.elementTypeId) ? 'text' : undefined;
    default:
      return undefined;
  }
}

function kindOfElement(btf: Btf, typeId: number): boolean {
  const type = skipModifiers(btf, typeId);
  return type.kind === 'int' && !type.isBool && type.sizeBytes === 1;
}

type Given = Readonly<Record<string, string | number>>;

/** Writes the value; gives what is wrong with it. */
function fill(bytes: Uint8Array, slot: Slot, given: Given): InputError | undefined {
  const { name, isWeak } = slot.extern;
  if (slot.kind === undefined) return wrong(name, 'type is unsupported');
  const value = configValue(name, given);
  if (value !== undefined) return fillWith(bytes, slot, String(value));
  if (isWeak) return undefined;
  if (!name.startsWith('CONFIG_')) return wrong(name, 'unrecognized virtual extern');
  return new InputError('kconfig', `extern '${name}' (strong): not resolved; give its value with --kconfig FILE`);
}

function configValue(name: string, given: Given): string | number | undefined {
  if (Object.hasOwn(given, name)) return given[name];
  return Object.hasOwn(KCONFIG_DEFAULTS, name) ? KCONFIG_DEFAULTS[name] : undefined;
}

function wrong(name: string, what: string): InputError {
  return new InputError('kconfig', `extern (kcfg) '${name}': ${what}`);
}

function fillWith(bytes: Uint8Array, slot: Slot, value: string): InputError | undefined {
  if (/^[ynm]/.test(value)) return fillTristate(bytes, slot, value.charAt(0));
  if (value.startsWith('"')) return fillText(bytes, slot, value);
  return fillNumber(bytes, slot, value);
}

const TRISTATE: Readonly<Record<string, number>> = { n: 0, y: 1, m: 2 };

function fillTristate(bytes: Uint8Array, { extern, kind }: Slot, value: string): InputError | undefined {
  if (kind === 'bool' && value === 'm') return wrong(extern.name, `value 'm' implies tristate or char type`);
  if (kind === 'char') bytes[0] = value.charCodeAt(0);
  else if (kind === 'bool' || kind === 'tristate') bytes[0] = TRISTATE[value]!;
  else return wrong(extern.name, `value '${value}' implies bool, tristate, or char type`);
  return undefined;
}

function fillText(bytes: Uint8Array, { extern, kind }: Slot, value: string): InputError | undefined {
  if (kind !== 'text') return wrong(extern.name, `value '${value}' implies char array type`);
  if (value.length < 2 || !value.endsWith('"')) return wrong(extern.name, `invalid string config '${value}'`);
  // Too long a text is cut, and always ends with a NUL.
  bytes.set(new TextEncoder().encode(value.slice(1, -1)).subarray(0, bytes.byteLength - 1));
  return undefined;
}

function fillNumber(bytes: Uint8Array, slot: Slot, text: string): InputError | undefined {
  const { extern, kind, isSigned } = slot;
  const number = parseInteger(text);
  if (number === undefined) return wrong(extern.name, `value '${text}' isn't a valid integer`);
  const isVirtual = extern.name.startsWith('LINUX_');
  if (kind !== 'integer' && kind !== 'char' && !(isVirtual && kind === 'bool')) {
    return wrong(extern.name, `value '${text}' implies integer type`);
  }
  const bits = bytes.byteLength * 8;
  const fits = isSigned
    ? BigInt.asIntN(bits, number) === BigInt.asIntN(64, number)
    : BigInt.asUintN(bits, number) === number;
  if (!fits || (kind === 'bool' && number > 1n)) {
    return wrong(extern.name, `value '${text}' doesn't fit in ${bytes.byteLength} bytes`);
  }
  for (let at = 0; at < bytes.byteLength; at++) bytes[at] = Number((number >> BigInt(8 * at)) & 0xffn);
  return undefined;
}

/** As strtoull with base 0: decimal, 0x, or octal with a leading 0; a minus wraps to 64 bits. */
function parseInteger(text: string): bigint | undefined {
  const parts = /^([+-]?)(0x[0-9a-f]+|[0-9]+)$/i.exec(text);
  const digits = parts?.[2];
  if (digits === undefined || (/^0[0-9]/.test(digits) && /[89]/.test(digits))) return undefined;
  const magnitude = BigInt(/^0[0-9]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return BigInt.asUintN(64, parts?.[1] === '-' ? -magnitude : magnitude);
}
