// Bundles the commands, so that they start at once: a command then reads a few files instead of a hundred. `tsc` has built the rest before.
import { rmSync } from 'node:fs';
import { defineConfig } from 'vite';

/**
 * What yargs measures help texts with. Ours are plain ASCII, so a character is a column; the packages that it would take load Unicode's
 * tables of emoji and graphemes at every start, which took longer than all else of it.
 */
const PLAIN_TEXT: Readonly<Record<string, string>> = {
  'string-width': 'export default text => text.length;',
  'strip-ansi': 'export default text => text;',
};

/** What many commands need stands in one file each, with all that it imports: to find a file takes as long as to read much of one. */
const SHARED = [
  { name: 'start', priority: 3, test: /src\/cli\/(run|terminal)\.ts$/ },
  { name: 'engines', priority: 2, test: /src\/(capture|object|verifier|engine)\// },
  { name: 'runs', priority: 1, test: /src\/cli\/(prepared-run|counted-run)\.ts$/ },
];

export default defineConfig({
  plugins: [
    {
      name: 'plain-text',
      enforce: 'pre',
      resolveId: name => (name in PLAIN_TEXT ? `\0plain-text:${name}` : undefined),
      load: id => PLAIN_TEXT[id.replace('\0plain-text:', '')],
    },
    {
      // The folder of a build before holds files that nothing loads any more.
      name: 'fresh-chunks',
      generateBundle: () => rmSync('dist/cli/chunks', { recursive: true, force: true }),
    },
  ],
  // What the package depends on is put in too: it is what takes longest to find and read.
  ssr: { noExternal: true, external: ['vitest'] },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist/cli',
    emptyOutDir: false,
    copyPublicDir: false,
    license: { fileName: 'chunks/licenses.md' },
    rolldownOptions: {
      input: { main: 'src/cli/main.ts', plugin: 'src/cli/plugin.ts', worker: 'src/cli/parallel/worker.ts' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name].js',
        // Names stay, so that the place of a bug can be told.
        minify: { mangle: false, compress: false },
        codeSplitting: { groups: [...SHARED] },
      },
    },
  },
});
