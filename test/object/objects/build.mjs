// Builds every *.bpf.c of this folder into the .o beside it: node test/object/objects/build.mjs. Needs clang-19, llvm-19 and libbpf-dev.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = 'test/object/objects';

function run(tool, ...parameters) {
  const { status, stderr, error } = spawnSync(tool, parameters, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tool} ${parameters.join(' ')}\n${error?.message ?? stderr}`);
}

for (const source of readdirSync(join(root, folder)).filter(name => name.endsWith('.bpf.c'))) {
  // A first line of `// clang: ...` adds flags.
  const firstLine = readFileSync(join(root, folder, source), 'utf8').split('\n', 1)[0];
  const extra = /^\/\/ clang: (.*)$/.exec(firstLine)?.[1].split(' ') ?? [];
  const object = `${folder}/${source.replace('.bpf.c', '.o')}`;
  const names = ['-fdebug-compilation-dir=.', `-ffile-prefix-map=${root}/=`, '-I/usr/include/x86_64-linux-gnu'];
  run('clang-19', '-O2', '-g', '-target', 'bpf', ...extra, ...names, '-c', `${folder}/${source}`, '-o', object);
  run('llvm-strip-19', '-g', object);
}
