// Writes the captures of this folder anew: npm run captures. They come out the same, byte for byte; a test holds them to that.
import { fileURLToPath } from 'node:url';
import { run } from '../dist/cli/run.js';
import { processTerminal } from '../dist/cli/terminal.js';
import { RECIPES } from './recipes.mjs';

for (const { name, args } of RECIPES) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  process.exitCode ||= await run(['generate', ...args, '-w', path], processTerminal());
}
