// printf as the kernel gives it to BPF programs: which formats it takes, and what they print.
// Linux kernel/bpf/helpers.c (bpf_bprintf_prepare), lib/vsprintf.c; each rule observed on 6.18.

/** What a format's arguments point to. */
export interface FormatMemory {
  /** Zero-terminated text at an address; what cannot be read is empty. */
  text(address: bigint): string;
  /** Bytes at an address; what cannot be read is zeros. */
  bytes(address: bigint, sizeBytes: number): Uint8Array;
}

/** One piece of a format: text as it is, or a conversion of the next argument. */
type Piece = string | Conversion;

interface Conversion {
  readonly flags: string;
  readonly width: number;
  /** Conversion without length: `d`, `x`, `s`, `c`, `px`, `pI4` ... */
  readonly type: string;
  /** `l` or `ll`: all 64 bits of the argument. */
  readonly isLong: boolean;
}

//                     flags        width       conversion
const CONVERSION = /^%([0+\- ]*)([1-9][0-9]*)?(?:(l?l?)([diuxX])|([cs])|(p[iI][46]|p[ku]s|p[xKsSB]|p(?![0-9A-Za-z])))/;
/**
 * The text that a format gives with 64-bit arguments, or undefined where the kernel answers EINVAL: an unknown conversion, more
 * conversions than arguments, an unprintable character.
 */
export function formatText(format: string, values: readonly bigint[], memory: FormatMemory): string | undefined {
  const pieces = parse(format);
  if (pieces === undefined) return undefined;
  let used = 0;
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const value = values[used++];
    if (value === undefined) return undefined;
    text += convert(piece, BigInt.asUintN(64, value), memory);
  }
  return text;
}

function parse(format: string): Piece[] | undefined {
  const pieces: Piece[] = [];
  let rest = format;
  while (rest !== '') {
    const plain = rest.startsWith('%%') ? '%' : /^[^%]*/.exec(rest)![0];
    if (Array.from(plain).some(isUnprintable)) return undefined;
    if (plain !== '') {
      pieces.push(plain);
      rest = rest.slice(plain === '%' ? 2 : plain.length);
      continue;
    }
    const match = CONVERSION.exec(rest);
    if (match === null) return undefined;
    const [all, flags, width, length, number, single, pointer] = match;
    const type = (number ?? single ?? pointer)!;
    pieces.push({ flags: flags ?? '', width: Number(width ?? 0), type, isLong: (length ?? '') !== '' });
    // What follows a pointer's conversion belongs to it, however long the word.
    rest = rest.slice(all.length).replace(type.startsWith('p') ? /^[0-9A-Za-z]*/ : '', '');
  }
  return pieces;
}

/** A control character that is no white space. */
function isUnprintable(character: string): boolean {
  const code = character.charCodeAt(0);
  return code === 0x7f || (code < 0x20 && !/\s/.test(character));
}

function convert(conversion: Conversion, value: bigint, memory: FormatMemory): string {
  switch (conversion.type) {
    case 's':
    case 'pks':
    case 'pus':
      return padded(conversion, '', memory.text(value), ' ');
    case 'c':
      return padded(conversion, '', String.fromCharCode(Number(value & 0xffn)), ' ');
    case 'pI4':
    case 'pi4':
      return ipv4Text(memory.bytes(value, 4), conversion.type === 'pi4');
    case 'pI6':
    case 'pi6':
      return ipv6Text(memory.bytes(value, 16), conversion.type === 'pI6' ? ':' : '');
    case 'ps':
    case 'pS':
    case 'pB':
      return padded(conversion, '', `0x${value.toString(16)}`, ' ');
    case 'p':
    case 'px':
    case 'pK':
      return conversion.width > 0 ? integer(conversion, value, 16) : value.toString(16).padStart(16, '0');
    case 'x':
      return integer(conversion, narrow(conversion, value), 16);
    case 'X':
      return integer(conversion, narrow(conversion, value), 16).toUpperCase();
    case 'u':
      return integer(conversion, narrow(conversion, value), 10);
    default:
      return signedInteger(conversion, BigInt.asIntN(conversion.isLong ? 64 : 32, value));
  }
}

function narrow({ isLong }: Conversion, value: bigint): bigint {
  return isLong ? value : value & 0xffff_ffffn;
}

function integer(conversion: Conversion, value: bigint, radix: number): string {
  return padded(conversion, '', value.toString(radix), conversion.flags.includes('0') ? '0' : ' ');
}

function signedInteger(conversion: Conversion, value: bigint): string {
  const { flags } = conversion;
  const sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const digits = (value < 0n ? -value : value).toString();
  return padded(conversion, sign, digits, flags.includes('0') ? '0' : ' ');
}

/** Zeros go between sign and digits, spaces in front of the sign; `-` fills up behind, always with spaces. */
function padded({ flags, width }: Conversion, sign: string, digits: string, fill: string): string {
  const text = sign + digits;
  if (flags.includes('-')) return text.padEnd(width);
  return fill === '0' ? sign + digits.padStart(width - sign.length, '0') : text.padStart(width);
}

function ipv4Text(bytes: Uint8Array, isPadded: boolean): string {
  return Array.from(bytes, byte => String(byte).padStart(isPadded ? 3 : 1, '0')).join('.');
}

function ipv6Text(bytes: Uint8Array, separator: string): string {
  const groups = Array.from({ length: 8 }, (_, at) => (bytes[2 * at]! << 8) | bytes[2 * at + 1]!);
  return groups.map(group => group.toString(16).padStart(4, '0')).join(separator);
}
