// Programs that meet each rule of the offload check, and programs that break it.
import type { RuleCase } from './cases/build.js';
import { HELPERS } from './cases/calls.js';
import { INSTRUCTIONS } from './cases/instructions.js';
import { LOADING } from './cases/loading.js';
import { MAPS } from './cases/maps.js';
import { MEMORY } from './cases/memory.js';
import { SIZES } from './cases/sizes.js';

export type { RuleCase } from './cases/build.js';

/** All cases. */
export const RULE_CASES: readonly RuleCase[] = [...MAPS, ...LOADING, ...INSTRUCTIONS, ...MEMORY, ...HELPERS, ...SIZES];
