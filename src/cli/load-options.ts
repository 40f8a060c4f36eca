// What the loading options of the command line mean to the loader.
import type { BtfValue } from '../btf/value.js';
import type { LoadOptions } from '../object/load.js';
import { readTargetBtf } from '../object/target-btf.js';
import { during, InputError } from '../support/errors.js';
import { readBytes } from './files.js';
import type { LoadArguments } from './load-arguments.js';

/**
 * The loader's options that the arguments mean; files are read here.
 * @throws InputError naming the option, the value and what is wrong
 */
export function loadOptionsOf(given: LoadArguments): Omit<LoadOptions, 'fileName'> {
  const { btf, kconfig } = given;
  return {
    lenient: given.lenient,
    globals: Object.fromEntries(given.set.map(globalOf)),
    maxEntries: Object.fromEntries(given.maxEntries.map(sizeOf)),
    ...(btf !== undefined && { targetBtf: during(`--btf ${btf}`, () => readTargetBtf(readBytes(btf), btf)) }),
    ...(kconfig !== undefined && { kconfig: new TextDecoder().decode(readBytes(kconfig)) }),
  };
}

function globalOf(text: string): readonly [name: string, value: BtfValue] {
  const [name, value] = splitAssignment('set', text);
  return [name, jsonOrText(value)];
}

/** `7`, `true`, `[1,2]` are JSON; what is not JSON is a text. */
function jsonOrText(value: string): BtfValue {
  if (/^0x[0-9a-f]+$/i.test(value)) return String(BigInt(value));
  try {
    return JSON.parse(value) as BtfValue;
  } catch {
    return value;
  }
}

function sizeOf(text: string): readonly [name: string, entries: number] {
  const [name, value] = splitAssignment('max-entries', text);
  const entries = Number(value);
  if (!Number.isInteger(entries) || entries < 0 || entries > 0xffffffff) {
    throw new InputError('option', `--max-entries ${text}: ${value} is not a whole number from 0 to 4294967295`);
  }
  return [name, entries];
}

/** Splits `NAME=VALUE`. Throws InputError `option` naming the option where the text has another form. */
export function splitAssignment(option: string, text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new InputError('option', `--${option} ${text}: not NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}
