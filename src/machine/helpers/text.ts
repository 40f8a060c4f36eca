// Helpers that print and parse text.
import { ERRNO } from '../../platform/errno.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import { type FormatMemory, formatText } from '../format.js';
import type { Machine } from '../machine.js';
import { exact, give, type Helper, type Implementation, low, real, wide } from './words.js';

/** Longest text that %s takes from memory, and longest that a print makes (MAX_BPRINTF_BUF). */
const MAX_TEXT_BYTES = 512;
const WORD_BYTES = 8;

const tracePrintk: Helper = (machine, words) => {
  const values = [3, 4, 5].slice(0, RUN_LIMIT.MAX_TRACE_PRINTK_ARGUMENTS).map(number => exact(words, number));
  give(words, print(machine, formatAt(machine, low(words, 1), low(words, 2)), values));
};

const traceVprintk: Helper = (machine, words) => {
  const values = valuesAt(machine, wide(words, 3), wide(words, 4));
  give(
    words,
    values === undefined ? -ERRNO.EINVAL : print(machine, formatAt(machine, low(words, 1), low(words, 2)), values),
  );
};

function print(machine: Machine, format: string | undefined, values: readonly bigint[]): number {
  const text = format === undefined ? undefined : formatText(format, values, memoryOf(machine));
  if (text === undefined) return -ERRNO.EINVAL;
  machine.events.push({ kind: 'printk', text: utf8Text(text) });
  return text.length;
}

const snprintf: Helper = (machine, words) => {
  const values = valuesAt(machine, wide(words, 4), wide(words, 5));
  const format = formatAt(machine, low(words, 3), Number.POSITIVE_INFINITY);
  const text = values && format !== undefined ? formatText(format, values, memoryOf(machine)) : undefined;
  if (text === undefined) return give(words, -ERRNO.EINVAL);
  const room = low(words, 2);
  if (room > 0) writeText(machine, low(words, 1), text.slice(0, room - 1));
  give(words, text.length + 1);
};

/** Writes one byte per character, and a zero behind. */
function writeText(machine: Machine, address: number, text: string): void {
  for (let at = 0; at < text.length; at++) machine.memory.bytes[address + at] = text.charCodeAt(at);
  machine.memory.bytes[address + text.length] = 0;
}

/** The zero-terminated format, one character per byte; undefined where it has no end within its size. */
function formatAt(machine: Machine, address: number, sizeBytes: number): string | undefined {
  const { bytes } = machine.memory;
  const limit = Math.min(address + sizeBytes, bytes.byteLength);
  let end = address;
  while (end < limit && bytes[end] !== 0) end++;
  return end < limit ? byteText(bytes.subarray(address, end)) : undefined;
}

/** The array of 64-bit values behind a format; undefined for a size that is not taken. */
function valuesAt(machine: Machine, address: number, sizeBytes: number): bigint[] | undefined {
  if (sizeBytes % WORD_BYTES !== 0 || sizeBytes > RUN_LIMIT.MAX_PRINTF_ARGUMENTS * WORD_BYTES) return undefined;
  if (sizeBytes > 0 && address === 0) return undefined;
  const { view } = machine.memory;
  return Array.from({ length: sizeBytes / WORD_BYTES }, (_, at) => view.getBigUint64(address + WORD_BYTES * at, true));
}

/** What conversions read through their arguments: nothing but what the program itself could read. */
function memoryOf(machine: Machine): FormatMemory {
  const { guard, memory } = machine;
  return {
    text(address) {
      const start = Number(address);
      let end = start;
      while (end < start + MAX_TEXT_BYTES && guard.allows(end, 1, false) && memory.bytes[end] !== 0) end++;
      return byteText(memory.bytes.subarray(start, end));
    },
    bytes(address, sizeBytes) {
      const start = Number(address);
      if (!guard.allows(start, sizeBytes, false)) return new Uint8Array(sizeBytes);
      return memory.bytes.slice(start, start + sizeBytes);
    },
  };
}

/** One character per byte, so that lengths are in bytes. */
function byteText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function utf8Text(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, character => character.charCodeAt(0)));
}

const strtol: Helper = (machine, words) => {
  give(
    words,
    parseNumber(machine, words, (value, isNegative) => {
      const signedValue = isNegative ? -value : value;
      return signedValue === BigInt.asIntN(64, signedValue) ? signedValue : undefined;
    }),
  );
};

const strtoul: Helper = (machine, words) => {
  const inRange = (value: bigint) => (value === BigInt.asUintN(64, value) ? value : undefined);
  give(words, parseNumber(machine, words, inRange, false));
};

/** bpf_strtol and bpf_strtoul: consumed characters or an errno; the result is 0 where there is an error. */
function parseNumber(
  machine: Machine,
  words: Uint32Array,
  inRange: (value: bigint, isNegative: boolean) => bigint | undefined,
  takesSign = true,
): number {
  const resultAddress = low(words, 4);
  machine.memory.view.setBigUint64(resultAddress, 0n, true);
  const base = wide(words, 3);
  const digits = DIGITS[base];
  if (digits === undefined) return -ERRNO.EINVAL;
  const match = digits.exec(argumentText(machine, words));
  if (match === null) return -ERRNO.EINVAL;
  const [consumed, sign, prefix, number] = match;
  const radix = base !== 0 ? base : prefix !== '' ? 16 : number!.startsWith('0') ? 8 : 10;
  const value = inRange(bigintOf(number!, radix), sign === '-');
  if (value === undefined) return -ERRNO.ERANGE;
  if (sign === '-' && !takesSign) return -ERRNO.EINVAL;
  machine.memory.view.setBigInt64(resultAddress, value, true);
  return consumed.length;
}

/** By the base that the flags ask for; 0 recognises 0x and 0. Groups: sign, prefix, digits. */
const DIGITS: Readonly<Record<number, RegExp>> = {
  0: /^\s*(-?)(0[xX](?=[0-9a-fA-F])|)((?<=[xX])[0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/,
  8: /^\s*(-?)()([0-7]+)/,
  10: /^\s*(-?)()([0-9]+)/,
  16: /^\s*(-?)(0[xX]|(?!0[xX]))([0-9a-fA-F]+)/,
};

function argumentText(machine: Machine, words: Uint32Array): string {
  const address = low(words, 1);
  return byteText(machine.memory.bytes.subarray(address, address + Math.min(low(words, 2), MAX_TEXT_BYTES)));
}

function bigintOf(digits: string, radix: number): bigint {
  let value = 0n;
  for (const digit of digits) value = value * BigInt(radix) + BigInt(Number.parseInt(digit, radix));
  return value;
}

const strncmp: Helper = (machine, words) => {
  const { bytes } = machine.memory;
  const [left, right] = [low(words, 1), low(words, 3)];
  for (let at = 0; at < low(words, 2); at++) {
    const [a, b] = [bytes[left + at]!, bytes[right + at]!];
    if (a !== b) return give(words, a < b ? -1 : 1);
    if (a === 0) break;
  }
  give(words, 0);
};

/** Implementations, by the helper's name. */
export const TEXT_HELPERS = {
  trace_printk: real(tracePrintk, 'an event of the packet'),
  trace_vprintk: real(traceVprintk, 'an event of the packet'),
  snprintf: real(snprintf),
  strtol: real(strtol),
  strtoul: real(strtoul),
  strncmp: real(strncmp),
} as const satisfies Record<string, Implementation>;
