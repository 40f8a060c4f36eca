// The command line of the conformance plugin, by hand: loading an argument parser would take longer than the program runs.
import type { EngineName } from '../engine/engine.js';
import { InputError } from '../support/errors.js';

/** What the plugin was asked. */
export interface PluginRequest {
  /** Base16 instructions, or a base16 ELF file; undefined: on stdin. */
  readonly program: string | undefined;
  /** Base16; empty for none. */
  readonly memory: string;
  readonly isElf: boolean;
  readonly isDebug: boolean;
  readonly engine: EngineName;
}

const ENGINES: readonly string[] = ['interpreter', 'compiler', 'kernel'] satisfies readonly EngineName[];

/**
 * Reads the arguments, options and memory in any order. An empty word is no memory: the suite's runner gives one.
 * @throws InputError `option` naming the word that is not understood
 */
export function readPluginArguments(words: readonly string[]): PluginRequest | 'help' {
  const request = { program: undefined as string | undefined, isElf: false, isDebug: false, engine: 'interpreter' };
  const memory: string[] = [];
  // The runner hands on all of the plugin's options as one word.
  const rest = words.flatMap(word => (word.startsWith('--') ? word.trim().split(/\s+/) : [word]));
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--help' || word === '-h') return 'help';
    else if (word === '--elf') request.isElf = true;
    else if (word === '--debug') request.isDebug = true;
    else if (word === '--program') request.program = nextOf(word, rest);
    else if (word === '--engine') request.engine = nextOf(word, rest);
    else if (word.startsWith('--')) throw new InputError('option', `${word}: no such option`);
    else if (word.trim() !== '') memory.push(word);
  }
  if (!isEngine(request.engine))
    throw new InputError('option', `--engine ${request.engine}: not one of ${ENGINES.join(', ')}`);
  if (memory.length > 1) throw new InputError('option', `${memory[1]}: memory is given already`);
  return { ...request, engine: request.engine, memory: memory[0] ?? '' };
}

function nextOf(name: string, rest: string[]): string {
  const value = rest.shift();
  if (value === undefined) throw new InputError('option', `${name}: needs a value`);
  return value;
}

function isEngine(name: string): name is EngineName {
  return ENGINES.includes(name);
}
