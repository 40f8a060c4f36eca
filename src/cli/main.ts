#!/usr/bin/env node
// The command `xdpsim`. Where Node keeps compiled code (22.1 and later), it starts quicker from the second time on.
import module from 'node:module';

const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
enableCompileCache?.();
const [{ run }, { processTerminal }] = await Promise.all([import('./run.js'), import('./terminal.js')]);
process.exitCode = await run(process.argv.slice(2), processTerminal());
