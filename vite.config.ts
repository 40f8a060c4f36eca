// Bundles the commands, so that they start at once: a command then reads a few files instead of a hundred. `tsc` has built the rest before.
import { defineConfig } from 'vite';

export default defineConfig({
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
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
    },
  },
});
