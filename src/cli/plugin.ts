#!/usr/bin/env node
// The command `xdpsim-conformance-plugin`: runs one program for the bpf_conformance suite. Started once per test, so it loads as little
// as it can, and no argument parser. Source of the interface: github.com/Alan-Jowett/bpf_conformance.
import { readFileSync, writeSync } from 'node:fs';
import type { EngineName } from '../engine/engine.js';
import { InputError } from '../support/errors.js';
import { readPluginArguments } from './plugin-arguments.js';
import { runPlugin } from './plugin-run.js';

/** Prints r0 in hexadecimal; 1 where the program does not load or stops. */
async function main(words: readonly string[]): Promise<number> {
  try {
    const request = readPluginArguments(words);
    if (request === 'help') {
      writeSync(1, HELP);
      return 0;
    }
    const program = request.program ?? firstLine(readFileSync(0, 'latin1'));
    writeSync(1, `${(await runPlugin({ ...request, program })).toString(16)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    writeSync(2, `xdpsim-conformance-plugin: ${error.message}\n`);
    return 1;
  }
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0]!;
}

const ENGINES: readonly EngineName[] = ['interpreter', 'compiler', 'kernel'];

const HELP = `xdpsim-conformance-plugin [--program HEX] [MEMORY] [--debug] [--elf] [--engine ${ENGINES.join('|')}]

Runs one program for bpf_conformance: base16 instructions from the first line of stdin (or --program; a base16 ELF file with --elf), with
r1 = address and r2 = length of MEMORY (base16). Prints r0 in hexadecimal; exits with 1 where the program does not load or stops.
`;

process.exitCode = await main(process.argv.slice(2));
