// Builds every *.bpf.c of this folder into the .o beside it: `npm run programs`, or `npm run programs -- --check`.
// The same compiler and headers give the same bytes, wherever the checkout stands; toolchain.txt says which were used.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '../..');
const relativeFolder = 'test/programs';
const compilerNames = ['clang-19', 'clang-20', 'clang-21', 'clang-22', 'clang-18', 'clang-17', 'clang'];

const usage = `usage: npm run programs [-- OPTION]
  (no option)   build every program and write the objects that changed
  --check       write nothing; list the objects that are out of date and exit 1 if there are any
  --toolchain   print the compiler and header versions that a build would use`;

/** The path a tool runs by, or undefined where it is not installed. */
function findTool(names) {
  return names.find(name => spawnSync(name, ['--version']).status === 0);
}

/** Runs a tool and gives its standard output; stops the build with the tool's own message where it fails. */
function run(tool, args) {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) fail(1, `${tool} ${args.join(' ')}\n${error?.message ?? stderr}`);
  process.stderr.write(stderr);
  return stdout;
}

function fail(exitCode, message) {
  console.error(message);
  process.exit(exitCode);
}

/** Clang, the llvm-strip that belongs to it, and the folder of this machine's <asm/...> headers. */
function findToolchain() {
  const clang = findTool(compilerNames);
  if (!clang) fail(2, `no clang found (looked for ${compilerNames.join(', ')}): install clang, llvm and libbpf-dev`);
  const strip = findTool([clang.replace('clang', 'llvm-strip'), 'llvm-strip']);
  if (!strip) fail(2, `no llvm-strip found to go with ${clang}: install llvm`);
  if (!existsSync('/usr/include/bpf/bpf_helpers.h')) fail(2, 'no bpf/bpf_helpers.h found: install libbpf-dev');
  const triple = run(clang, ['-print-target-triple'])
    .trim()
    .replace(/-(pc|unknown)-/, '-');
  return { clang, strip, headers: `/usr/include/${triple}` };
}

/** The versions of everything that decides about an object's bytes, as one line per part. */
function describeToolchain({ clang }) {
  const compiler = /clang version (\d+\.\d+\.\d+)/.exec(run(clang, ['--version']))?.[1];
  const libbpf = definitions('/usr/include/bpf/libbpf_version.h', /LIBBPF_M\w+_VERSION (\d+)/g).join('.');
  const code = Number(definitions('/usr/include/linux/version.h', /LINUX_VERSION_CODE (\d+)/g)[0]);
  return `clang ${compiler}\nlibbpf headers ${libbpf}\nlinux headers ${code >> 16}.${(code >> 8) & 255}\n`;
}

function definitions(header, pattern) {
  return existsSync(header) ? [...readFileSync(header, 'utf8').matchAll(pattern)].map(match => match[1]) : ['unknown'];
}

/** Flags that a source asks for in its first line: `// clang: -mcpu=v4`. */
function flagsOf(source) {
  const firstLine = readFileSync(join(folder, source), 'utf8').split('\n', 1)[0];
  return /^\/\/ clang: (.*)$/.exec(firstLine)?.[1].trim().split(/\s+/) ?? [];
}

/**
 * The object's bytes. Source files are named relative to the repository, so that no path of the building machine
 * reaches the object and clang still finds the lines that BTF quotes. llvm-strip -g removes DWARF and leaves BTF.
 */
function compile({ clang, strip, headers }, source, scratch) {
  const object = join(scratch, objectOf(source));
  const names = ['-fdebug-compilation-dir=.', `-ffile-prefix-map=${root}/=`];
  const flags = ['-O2', '-g', '-Wall', '-Wextra', '-Werror', '-target', 'bpf', '-mcpu=v3', ...flagsOf(source)];
  run(clang, [...flags, ...names, `-I${headers}`, '-c', `${relativeFolder}/${source}`, '-o', object]);
  run(strip, ['-g', object]);
  return readFileSync(object);
}

const objectOf = source => source.replace(/\.bpf\.c$/, '.o');

/** Builds everything. @returns the objects whose bytes differ from what this folder holds, and all of them */
function buildAll(toolchain) {
  const scratch = mkdtempSync(join(tmpdir(), 'xdpsim-programs-'));
  try {
    const sources = readdirSync(folder).filter(name => name.endsWith('.bpf.c'));
    return sources.sort().map(source => {
      const bytes = compile(toolchain, source, scratch);
      const path = join(folder, objectOf(source));
      const isCurrent = existsSync(path) && readFileSync(path).equals(bytes);
      return { name: objectOf(source), path, bytes, isCurrent };
    });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function check(toolchain) {
  const outdated = buildAll(toolchain).filter(object => !object.isCurrent);
  for (const { name } of outdated) console.log(`${name} is out of date`);
  if (outdated.length > 0) fail(1, `run: npm run programs (objects here were built with: ${recordedToolchain()})`);
  console.log('every object is up to date');
}

function recordedToolchain() {
  const path = join(folder, 'toolchain.txt');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().replaceAll('\n', ', ') : 'an unknown toolchain';
}

function build(toolchain) {
  for (const { name, path, bytes, isCurrent } of buildAll(toolchain)) {
    if (!isCurrent) writeFileSync(path, bytes);
    console.log(`${name.padEnd(24)} ${String(bytes.length).padStart(7)} bytes${isCurrent ? '' : '  changed'}`);
  }
  writeFileSync(join(folder, 'toolchain.txt'), describeToolchain(toolchain));
}

const [option, ...rest] = process.argv.slice(2);
if (rest.length > 0 || ![undefined, '--check', '--toolchain'].includes(option)) fail(2, usage);
const toolchain = findToolchain();
if (option === '--check') check(toolchain);
else if (option === '--toolchain') process.stdout.write(describeToolchain(toolchain));
else build(toolchain);
