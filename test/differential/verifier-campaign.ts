// Verdicts and first messages of our verifier beside those of the running kernel: random programs, shaped ones, their mutants, and mutants of built
// objects. A disagreement is made small and printed as a case.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRaw } from '../../src/isa/raw.js';
import { loadObject } from '../../src/object/load.js';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { mapType } from '../../src/platform/map-types.js';
import { toHex } from '../../src/support/bytes.js';
import { shapedProgram } from '../support/shaped-programs.js';
import { type Comparison, caseLines, compareAll, shrink } from '../support/verifier-differential.js';
import { Dice, mutant, RANDOM_OBJECT, randomProgram } from '../support/verifier-programs.js';

/** What to compare. */
export interface VerifierCampaign {
  readonly count: number;
  readonly seed: number;
  readonly cpuCount: number;
}

/** A program on which the two disagree. */
export interface Disagreement {
  readonly object: ObjectSpec;
  readonly comparison: Comparison;
}

/** What came of it. */
export interface VerifierFindings {
  readonly disagreements: readonly Disagreement[];
  readonly compared: number;
  readonly accepted: number;
}

/** What Linux says of a mutant that calls a kernel function by a number: which one that is depends on the kernel. */
const NEEDS_TYPES = /kernel btf_id \d+ is not a function/;
/** Programs of one process that asks the kernel. */
const BATCH = 250;
const OBJECTS = join(process.cwd(), 'test/programs');

/** Compares `count` programs, of all kinds in turn. */
export function compareVerifiers(
  { count, seed, cpuCount }: VerifierCampaign,
  onProgress: (done: number) => void = () => undefined,
): VerifierFindings {
  const dice = new Dice(seed);
  const built = builtPrograms();
  const disagreements: Disagreement[] = [];
  let [compared, accepted] = [0, 0];
  while (compared < count) {
    const size = Math.min(BATCH, count - compared);
    const batches = compared % (4 * BATCH) === 3 * BATCH ? builtBatch(built, dice, size) : [generated(dice, size)];
    for (const { object, programs } of batches) {
      for (const comparison of compareAll(object, programs, cpuCount)) {
        if (comparison.relation === 'both accept') accepted++;
        else if (comparison.relation !== 'same message' && !NEEDS_TYPES.test(comparison.kernel))
          disagreements.push({ object, comparison });
      }
    }
    compared += size;
    onProgress(compared);
  }
  return { disagreements, compared, accepted };
}

interface Batch {
  readonly object: ObjectSpec;
  readonly programs: readonly ProgramSpec[];
}

function generated(dice: Dice, size: number): Batch {
  const make = () => (dice.once(2) ? shapedProgram(dice) : randomProgram(dice));
  return {
    object: RANDOM_OBJECT,
    programs: Array.from({ length: size }, () => (dice.once(3) ? mutant(make(), dice) : make())),
  };
}

/** Built programs that need nothing but maps, as the kernel is asked without types. */
function builtPrograms(): readonly Batch[] {
  return readdirSync(OBJECTS)
    .filter(name => name.endsWith('.o'))
    .flatMap(name => {
      const loaded = loadObject(readFileSync(join(OBJECTS, name)), { fileName: name });
      // Loaders size what has no size by the machine.
      const maps = loaded.maps.map(map => (map.maxEntries === 0 ? { ...map, maxEntries: 1 } : map));
      const object = { ...loaded, maps, btf: undefined };
      const programs = object.programs
        .filter(program => isPlain(program))
        .map(program => ({ ...program, functions: [] }));
      return programs.length === 0 ? [] : [{ object, programs }];
    });
}

/** Locks and timers, which need the types of maps. */
const TYPED_HELPERS: readonly number[] = [93, 94, 169, 170, 171, 172];
const CALL = 0x85;

function isPlain({ references, functions, code }: ProgramSpec): boolean {
  const isMap = [...references.values()].every(({ kind }) => kind === 'map' || kind === 'mapValue');
  const slots = Array.from({ length: code.length / 8 }, (_, slot) => readRaw(code, slot));
  const isTyped = slots.some(({ opcode, imm }) => opcode === CALL && TYPED_HELPERS.includes(imm));
  return isMap && functions.length <= 1 && !isTyped;
}

function builtBatch(built: readonly Batch[], dice: Dice, size: number): readonly Batch[] {
  const each = Math.ceil(size / 10);
  return Array.from({ length: 10 }, () => {
    const { object, programs } = dice.pick(built);
    return { object, programs: Array.from({ length: each }, () => mutant(dice.pick(programs), dice)) };
  });
}

/** A disagreement, made small, as a case whose expectation is what Linux says. */
export function describeDisagreement({ object, comparison }: Disagreement, cpuCount: number): string {
  // What takes a million instructions to refuse takes minutes to make small.
  const isLong = /too (large|complex)/.test(comparison.ours + comparison.kernel);
  const small = isLong ? comparison : shrink(object, comparison, cpuCount);
  const used = new Set(
    [...small.program.references.values()].flatMap(reference => ('map' in reference ? [reference.map] : [])),
  );
  const refused = small.kernel === 'accepted' ? [] : [`// -> refused: ${small.kernel.replace(/^\w+: /, '')}`];
  return [
    `// == ${small.relation}: ours ${small.ours}; Linux ${small.kernel}`,
    ...object.maps.filter(({ name }) => used.has(name)).flatMap(mapLines),
    ...caseLines(small.program),
    ...refused,
  ].join('\n');
}

function mapLines(map: MapSpec): readonly string[] {
  const { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags, contents } = map;
  const sizes = `key ${keySizeBytes} value ${valueSizeBytes} entries ${maxEntries}`;
  const line = `// map ${name}: ${mapType(type)?.name ?? type} ${sizes}${flags === 0 ? '' : ` flags ${flags}`}`;
  return contents === undefined ? [line] : [line, `// map ${name}[00000000] = ${toHex(contents)}`];
}
