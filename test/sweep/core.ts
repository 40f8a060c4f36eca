// Compares CO-RE with libbpf's, each object against each target: node test/sweep/run.mjs test/sweep/core.ts OBJECTS TARGETS
// OBJECTS is a folder of objects with XDP programs, TARGETS one of objects whose BTF stands for the kernel's.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadObject } from '../../src/object/load.js';
import { readTargetBtf } from '../../src/object/target-btf.js';
import { InputError } from '../../src/support/errors.js';
import { buildOracle, differences, type Oracle } from '../object/oracle/libbpf.js';

/** Prints differing pairs and the count of each verdict. */
export function main([objects, targets]: readonly string[]): number {
  const oracle = buildOracle();
  if (oracle === undefined || objects === undefined || targets === undefined)
    throw new Error('needs gcc and two folders');
  const counts = new Map<string, number>();
  for (const object of files(objects)) {
    for (const target of files(targets)) {
      const [verdict, ...details] = compare(oracle, object, target);
      counts.set(verdict!, (counts.get(verdict!) ?? 0) + 1);
      if (verdict === verdict!.toUpperCase())
        console.log(`${verdict} ${basename(object)} ${basename(target)}\n  ${details.join('\n  ')}`);
    }
  }
  oracle.dispose();
  for (const [verdict, count] of counts) console.log(`${String(count).padStart(6)}  ${verdict}`);
  return [...counts.keys()].some(verdict => verdict === verdict.toUpperCase()) ? 1 : 0;
}

function files(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.o'))
    .sort()
    .map(name => join(folder, name));
}

function compare(oracle: Oracle, object: string, target: string): readonly string[] {
  const answer = oracle.ask(object, target);
  try {
    const targetBtf = readTargetBtf(new Uint8Array(readFileSync(target)), target);
    const spec = loadObject(new Uint8Array(readFileSync(object)), { fileName: basename(object), targetBtf });
    const found = differences(spec, answer);
    if (found.length > 0) return ['DIFFERENT', ...found.slice(0, 4), answer.log];
    return answer.relocated ? ['same'] : ['ONLY WE RELOCATE', answer.log];
  } catch (error) {
    if (!(error instanceof InputError)) return ['BUG', String((error as Error).stack)];
    return answer.relocated ? ['REFUSED', error.message] : ['both refuse', error.message, answer.log];
  }
}
