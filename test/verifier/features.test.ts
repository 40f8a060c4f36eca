// Programs that use what needs type information, against what Linux said of them: features.bpf.c states that above each.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadObject } from '../../src/object/load.js';
import { verify } from '../../src/verifier/verify.js';
import { findTool, runTool } from '../support/tools.js';

const SOURCE = join(import.meta.dirname, 'features.bpf.c');
const clang = findTool('clang-19');
const EXPECTED = [...readFileSync(SOURCE, 'utf8').matchAll(/^\/\/ expect (\w+): (.*)$/gm)].map(([, name, answer]) => ({
  name: name!,
  answer: answer!,
}));

describe.skipIf(clang === undefined)('programs with features (skipped where clang-19 is missing)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verifier-features-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const built = join(folder, 'features.o');
  const load = () => {
    runTool(
      clang!,
      '-O2',
      '-g',
      '-target',
      'bpf',
      '-mcpu=v3',
      '-I/usr/include/x86_64-linux-gnu',
      '-c',
      SOURCE,
      '-o',
      built,
    );
    return loadObject(readFileSync(built), { fileName: 'features.o' });
  };
  let object: ReturnType<typeof load> | undefined;

  it.each(EXPECTED)('says of $name what Linux says: $answer', ({ name, answer }) => {
    object ??= load();
    const program = object.programs.find(item => item.name === name);
    expect(program).toBeDefined();
    const result = verify(object, program!);
    expect(result.accepted ? 'accepted' : result.message).toBe(answer);
  });
});
