// Loads every BPF object below the given folders and files, and compares with what libbpf makes of it, where that opens it:
//   node test/sweep/run.mjs test/sweep/objects.ts [--all] FOLDER...
// Objects inside archives and executables are found too. `--all` also lists those that agree. Exit code 1 where anything differs.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Btf } from '../../src/btf/btf.js';
import { parseBtf } from '../../src/btf/parse.js';
import { embeddedElfs } from '../../src/elf/embedded.js';
import { hasElfMagic } from '../../src/elf/header.js';
import { loadObject } from '../../src/object/load.js';
import { InputError } from '../../src/support/errors.js';
import { buildOracle, differences, type Oracle } from '../object/oracle/libbpf.js';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';

interface Row {
  readonly name: string;
  /** `same`, `extra` (only we load it), `both refuse`, `DIFFERENT`, `REFUSED` (only libbpf loads it), `BUG`. */
  readonly verdict: string;
  readonly details: readonly string[];
}

/** Prints a line per object that is not simply the same, and the count of each verdict. */
export function main(parameters: readonly string[]): number {
  const showsAll = parameters.includes('--all');
  const oracle = buildOracle();
  if (oracle === undefined || !existsSync(KERNEL_BTF))
    throw new Error('needs gcc, libbpf headers, root and kernel BTF');
  const kernel = parseBtf(new Uint8Array(readFileSync(KERNEL_BTF)), 'vmlinux');
  const counts = new Map<string, number>();
  for (const path of parameters.filter(parameter => !parameter.startsWith('--')).flatMap(filesBelow)) {
    for (const row of compareFile(path, oracle, kernel)) {
      counts.set(row.verdict, (counts.get(row.verdict) ?? 0) + 1);
      if (showsAll || row.verdict !== 'same') print(row);
    }
  }
  oracle.dispose();
  for (const [verdict, count] of [...counts].sort()) console.log(`${String(count).padStart(6)}  ${verdict}`);
  return [...counts.keys()].some(verdict => verdict === verdict.toUpperCase()) ? 1 : 0;
}

function print({ name, verdict, details }: Row): void {
  console.log(`${verdict.padEnd(12)} ${name}`);
  for (const line of details.slice(0, 6)) console.log(`             ${line}`);
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { withFileTypes: true, recursive: true });
  return names
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

function* compareFile(path: string, oracle: Oracle, kernel: Btf): Generator<Row> {
  const bytes = new Uint8Array(readFileSync(path));
  const isArchive = bytes[0] === 0x21;
  if (!hasElfMagic(bytes) && !isArchive) return;
  const isPlain = bytes[16] === 1 || bytes[17] === 1;
  if (isPlain && !isArchive) {
    yield compare(path, basename(path), bytes, oracle, kernel);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'xdpsim-sweep-'));
  for (const [number, { offset, lengthBytes }] of embeddedElfs(bytes).entries()) {
    const inner = join(folder, `${basename(path)}-${number}.o`);
    writeFileSync(inner, bytes.subarray(offset, offset + lengthBytes));
    yield compare(inner, basename(inner), bytes.slice(offset, offset + lengthBytes), oracle, kernel);
  }
  rmSync(folder, { recursive: true });
}

function compare(path: string, name: string, bytes: Uint8Array, oracle: Oracle, kernel: Btf): Row {
  const answer = oracle.ask(path);
  const theirs = answer.log.trim().split('\n');
  try {
    const spec = loadObject(bytes, { fileName: name, targetBtf: kernel });
    const own = loadObject(bytes, { fileName: name });
    const notes = [`${own.programs.length} programs, ${own.maps.length} maps`, ...own.warnings];
    if (!answer.opened) return { name, verdict: 'extra', details: [...notes, ...theirs.map(line => `> ${line}`)] };
    const found = differences(spec, answer);
    const verdict = found.length > 0 ? 'DIFFERENT' : answer.relocated ? 'same' : 'same maps';
    return { name, verdict, details: found.length > 0 ? found : theirs.map(line => `> ${line}`) };
  } catch (error) {
    if (!(error instanceof InputError)) return { name, verdict: 'BUG', details: [String((error as Error).stack)] };
    const isRefused = !answer.opened || (answer.error !== 0 && !answer.relocated);
    return {
      name,
      verdict: isRefused ? 'both refuse' : 'REFUSED',
      details: [error.message, ...theirs.map(line => `> ${line}`)],
    };
  }
}
