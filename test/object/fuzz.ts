// Loads damaged objects: node test/sweep/run.mjs test/object/fuzz.ts [--count N] [--seed N]
// Each must give a value or an InputError, in less than a second and less than a gigabyte. A finding is written to a file and ends the run.
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type LoadOptions, loadObject } from '../../src/object/load.js';
import { readTargetBtf } from '../../src/object/target-btf.js';
import { InputError } from '../../src/support/errors.js';
import { readObject, systemObjects, testObjects } from '../support/system-objects.js';
import { mutate, type Random, type Regions, regionsOf, seededRandom } from './mutations.js';

const MAX_MILLIS = 1000;
const MAX_BYTES = 2 ** 30;

interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly regions: Regions;
}

/** Runs the given number of inputs; gives 1 after a finding. */
export function main(parameters: readonly string[]): number {
  const count = numberAfter(parameters, '--count', 10_000);
  const seed = numberAfter(parameters, '--seed', 1);
  const random = seededRandom(seed);
  const seeds = readSeeds();
  const tally = { loaded: 0, refused: 0 };
  let slowestMillis = 0;
  for (let number = 0; number < count; number++) {
    const source = seeds[random(seeds.length)]!;
    const input = mutate(source.bytes, source.regions, random);
    const start = performance.now();
    const finding = tryLoad(input, source.name, seeds, random, tally);
    const millis = performance.now() - start;
    slowestMillis = Math.max(slowestMillis, millis);
    const problem = finding ?? (millis > MAX_MILLIS ? `took ${millis.toFixed(0)} ms` : memoryProblem());
    if (problem !== undefined) return report(problem, input, number, seed, source.name);
    if (number % 10_000 === 9_999)
      console.log(`${number + 1}: ${JSON.stringify(tally)}, slowest ${slowestMillis.toFixed(0)} ms`);
  }
  console.log(`${count} inputs, seed ${seed}: ${tally.loaded} loaded, ${tally.refused} refused, no finding`);
  return 0;
}

function numberAfter(parameters: readonly string[], name: string, fallback: number): number {
  const at = parameters.indexOf(name);
  const value = at < 0 ? fallback : Number(parameters[at + 1]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} wants a number`);
  return value;
}

function readSeeds(): readonly Seed[] {
  const folder = resolve(import.meta.dirname, 'objects');
  const own = readdirSync(folder)
    .filter(name => name.endsWith('.o'))
    .map(name => join(folder, name));
  return [...testObjects, ...own, ...systemObjects].map(path => {
    const { name, bytes } = readObject(path);
    return { name, bytes, regions: regionsOf(bytes) };
  });
}

/** Gives what was thrown that is no InputError. */
function tryLoad(
  input: Uint8Array,
  fileName: string,
  seeds: readonly Seed[],
  random: Random,
  tally: { loaded: number; refused: number },
): string | undefined {
  try {
    loadObject(input, optionsFor(fileName, seeds, random));
    tally.loaded++;
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) return String((error as Error).stack);
    tally.refused++;
    return error.message.includes('\n') ? `message of several lines: ${error.message}` : undefined;
  }
}

/** Half the time lenient, now and then with a damaged target for CO-RE. */
function optionsFor(fileName: string, seeds: readonly Seed[], random: Random): LoadOptions {
  const options = { fileName, lenient: random(2) === 0 };
  if (random(8) !== 0) return options;
  const target = seeds[random(seeds.length)]!;
  return { ...options, targetBtf: readTargetBtf(mutate(target.bytes, target.regions, random), 'target') };
}

function memoryProblem(): string | undefined {
  const { rss } = process.memoryUsage();
  return rss > MAX_BYTES ? `${rss} bytes of memory` : undefined;
}

function report(problem: string, input: Uint8Array, number: number, seed: number, source: string): number {
  const path = join(tmpdir(), `xdpsim-fuzz-${seed}-${number}.o`);
  writeFileSync(path, input);
  console.error(`input ${number} of seed ${seed}, made from ${source}, written to ${path}: ${problem}`);
  return 1;
}
