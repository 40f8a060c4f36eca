// The engines that shared suites run on; the kernel is asked apart, since it needs root.
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import type { Engine } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';

/** All engines that run everywhere. */
export const ENGINES: readonly Engine[] = [createInterpreter(), createCompiler()];
