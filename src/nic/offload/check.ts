// Would this card take this program? The core's rules and the card's, all at once, in the order in which the kernel comes to them.
import type { ObjectSpec, ProgramSpec } from '../../object/spec.js';
import type { Mode, NicModel } from '../model.js';
import { checkAttach } from './attach-rules.js';
import { Collector } from './collector.js';
import { localRanges } from './flow.js';
import { checkFrames } from './frame-rules.js';
import { checkHelpers } from './helper-rules.js';
import { checkInstructions } from './instruction-rules.js';
import { checkLength } from './length.js';
import { checkMaps } from './map-rules.js';
import { checkMemory } from './memory-rules.js';
import { type OffloadProgram, offloadProgram } from './program.js';
import type { RangeOracle } from './ranges.js';
import { type Reached, reachedIn } from './reached.js';
import type { OffloadResult } from './reason.js';

/** What a check may be told. */
export interface CheckOptions {
  /** MTU of the interface, without the Ethernet header; 1500 unless said otherwise. */
  readonly mtuBytes?: number;
}

/** A program on its way through the rules. */
export interface CheckContext extends PreparedProgram {
  readonly model: NicModel;
  readonly mode: Mode;
  readonly mtuBytes: number;
  readonly found: Collector;
}

/** A program prepared for checks against any number of models. */
export interface PreparedProgram {
  readonly program: OffloadProgram;
  readonly ranges: RangeOracle;
  readonly reached: Reached;
}

/**
 * Decodes a program and works out what its registers hold.
 * @param ranges a better source for that, such as the verifier
 */
export function prepareCheck(object: ObjectSpec, spec: ProgramSpec, ranges?: RangeOracle): PreparedProgram {
  const program = offloadProgram(object, spec);
  const known = ranges ?? localRanges(program);
  return { program, ranges: known, reached: reachedIn(program, known) };
}

/** Checks a prepared program against a model; every rule that is broken, may be broken, or changes behaviour. */
export function checkPrepared(
  prepared: PreparedProgram,
  model: NicModel,
  mode: Mode,
  options: CheckOptions = {},
): OffloadResult {
  const { program } = prepared;
  const found = new Collector(program, model);
  const context: CheckContext = { ...prepared, model, mode, mtuBytes: options.mtuBytes ?? 1500, found };
  for (const check of CHECKS) check(context);
  const reasons = found.reasons('broken');
  return {
    program: program.spec.name,
    section: program.spec.section,
    nic: model.name,
    mode,
    accepted: reasons.length === 0,
    reasons,
    undecided: found.reasons('undecided'),
    warnings: found.reasons('warning'),
    limits: found.limits,
  };
}

/** Checks one program of an object against a model. */
export function checkOffload(
  object: ObjectSpec,
  program: ProgramSpec,
  model: NicModel,
  mode: Mode = defaultMode(model),
  options: CheckOptions = {},
): OffloadResult {
  return checkPrepared(prepareCheck(object, program), model, mode, options);
}

/** The mode in which a card is usually used. */
export function defaultMode(model: NicModel): Mode {
  return model.modes.supported[0] ?? 'generic';
}

const CHECKS: readonly ((context: CheckContext) => void)[] = [
  checkMaps,
  checkAttach,
  inCard(checkInstructions),
  inCard(checkMemory),
  inCard(checkHelpers),
  inCard(checkFrames),
  inCard(checkLength),
];

/** Rules of the card's own processor hold where it runs the program. */
function inCard(check: (context: CheckContext) => void): (context: CheckContext) => void {
  return context => {
    if (context.mode === 'hw' && context.model.modes.supported.includes('hw')) check(context);
  };
}
