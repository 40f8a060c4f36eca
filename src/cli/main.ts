#!/usr/bin/env node
import { run } from './run.js';
// The command `xdpsim`.
import { processTerminal } from './terminal.js';

process.exitCode = await run(process.argv.slice(2), processTerminal());
