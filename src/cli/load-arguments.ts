// Options that say how an object is loaded; the same for every command that loads one. Kept apart from what they mean, so that `--help` is quick.
import type { Argv } from 'yargs';

/** What the command line says about loading. */
export interface LoadArguments {
  readonly btf: string | undefined;
  readonly kconfig: string | undefined;
  readonly set: readonly string[];
  readonly maxEntries: readonly string[];
  readonly lenient: boolean;
}

/** Declares the options. */
export function loadArguments<T>(argv: Argv<T>): Argv<T & LoadArguments> {
  return argv
    .option('btf', {
      type: 'string',
      requiresArg: true,
      describe: "types that CO-RE adapts the object to: raw BTF or an ELF file with it; the object's own unless told",
    })
    .option('kconfig', { type: 'string', requiresArg: true, describe: 'kernel configuration for __kconfig variables' })
    .option('set', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'NAME=VALUE: initial value of a global variable, as JSON; may be repeated',
    })
    .option('max-entries', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'NAME=N: size of a map; may be repeated',
    })
    .option('lenient', {
      type: 'boolean',
      default: false,
      describe: 'accept what libbpf refuses although its meaning is clear',
    }) as unknown as Argv<T & LoadArguments>;
}

/** An option that may be repeated: yargs gives a text for one, a list for several. */
export function listOf(value: string | readonly string[]): readonly string[] {
  const list = typeof value === 'string' ? [value] : [...value];
  LISTS.add(list);
  return list;
}

/** Lists that `listOf` made: all others come of options that were given too often. */
const LISTS = new WeakSet<object>();

/** Whether a list is one that was meant to be. */
export function isList(value: readonly unknown[]): boolean {
  return LISTS.has(value);
}
