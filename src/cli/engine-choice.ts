// Engines by name, loaded when they are asked for.
import type { Engine, EngineName } from '../engine/engine.js';

/** The names that `--engine` takes. */
export const ENGINE_NAMES = ['interpreter', 'compiler', 'kernel'] as const satisfies readonly EngineName[];

const LOADERS: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  interpreter: async () => (await import('../engine/interpreter/interpreter.js')).createInterpreter(),
  compiler: async () => (await import('../engine/compiler/compiler.js')).createCompiler(),
  kernel: async () => (await import('../engine/kernel/kernel.js')).createKernelEngine(),
};

/** The engine of that name. */
export async function loadEngine(name: EngineName): Promise<Engine> {
  return await LOADERS[name]();
}
