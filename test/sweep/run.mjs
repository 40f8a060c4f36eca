// Runs a TypeScript module of this repository from the command line: node test/sweep/run.mjs MODULE ARGUMENTS...
// The module exports `main(arguments)`, which gives the exit code.
import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const [path, ...parameters] = process.argv.slice(2);
const { module } = await runnerImport(resolve(path), { logLevel: 'error' });
process.exitCode = await module.main(parameters);
