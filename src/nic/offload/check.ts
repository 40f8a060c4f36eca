// Would this card take this program? The core's rules and the card's, all at once, in the order in which the kernel comes to them.
import type { ObjectSpec, ProgramSpec } from '../../object/spec.js';
import type { Mode, NicModel } from '../model.js';
import { checkAttach } from './attach-rules.js';
import { Collector } from './collector.js';
import { ProgramFacts } from './facts.js';
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
import type { LimitUse, OffloadResult } from './reason.js';
import { checkRuns } from './run-rules.js';
import { type Rejection, type Visits, verifiedRanges } from './verified-ranges.js';

/** What a check may be told. */
export interface CheckOptions {
  /** MTU of the interface, without the Ethernet header; 1500 unless said otherwise. */
  readonly mtuBytes?: number;
  /** Modes in which programs are attached to the interface already; none unless said otherwise. */
  readonly attached?: readonly Mode[];
}

/** A program on its way through the rules. */
export interface CheckContext extends PreparedProgram {
  readonly model: NicModel;
  readonly mode: Mode;
  readonly mtuBytes: number;
  readonly attached: readonly Mode[];
  readonly found: Collector;
}

/** A program prepared for checks against any number of models. */
export interface PreparedProgram {
  readonly program: OffloadProgram;
  readonly ranges: RangeOracle;
  readonly reached: Reached;
  readonly facts: ProgramFacts;
  /** What the verifier itself refuses, where it was asked. */
  readonly rejection: Rejection | undefined;
  /** When the verifier came to each instruction, where it was asked. */
  readonly visits: Visits;
}

/**
 * Decodes a program and works out what its registers hold, from its text alone: quick, and rules that need more stay undecided.
 * @param ranges a better source
 */
export function prepareCheck(object: ObjectSpec, spec: ProgramSpec, ranges?: RangeOracle): PreparedProgram {
  const program = offloadProgram(object, spec);
  return preparedWith(program, ranges ?? localRanges(program));
}

/** The same with what the verifier knows, which is what a driver is shown; slower. */
export function prepareVerified({ program, ranges }: PreparedProgram): PreparedProgram {
  const { ranges: verified, rejection, visits } = verifiedRanges(program);
  // A walk that ended early says nothing of what it did not reach.
  const known = rejection === undefined ? verified : ranges;
  return preparedWith(program, known, rejection, visits);
}

function preparedWith(
  program: OffloadProgram,
  ranges: RangeOracle,
  rejection?: Rejection,
  visits: Visits = [],
): PreparedProgram {
  const reached = reachedIn(program, ranges);
  return { program, ranges, reached, facts: new ProgramFacts(program, reached, ranges), rejection, visits };
}

/** Checks a prepared program against a model; every rule that is broken, may be broken, or changes behaviour. */
export function checkPrepared(
  prepared: PreparedProgram,
  model: NicModel,
  mode: Mode,
  options: CheckOptions = {},
): OffloadResult {
  const { spec } = prepared.program;
  const found = applied(prepared, model, mode, options);
  return {
    program: spec.name,
    section: spec.section,
    nic: model.name,
    mode,
    accepted: !found.has('broken'),
    reasons: found.reasons('broken'),
    undecided: found.reasons('undecided'),
    warnings: found.reasons('warning'),
    restsOn: found.restsOn,
    limits: found.limits,
  };
}

/** The answer alone, for a matrix of many programs and models: quicker, since no reason is put into words that nobody asks for. */
export interface Judgement {
  /** No rule is known to be broken. */
  readonly accepted: boolean;
  /** Some rules cannot be decided. */
  readonly isUndecided: boolean;
  /** It behaves differently there. */
  readonly isDifferent: boolean;
  /** The verifier can still change the answer: taken so far, but for something that only it knows. */
  readonly isOpen: boolean;
  readonly limits: readonly LimitUse[];
  /** The words of all broken rules, each once. */
  obstacles(): ReadonlySet<string>;
}

/** As checkPrepared, but gives the answer alone. */
export function judgePrepared(
  prepared: PreparedProgram,
  model: NicModel,
  mode: Mode,
  options: CheckOptions = {},
): Judgement {
  const found = applied(prepared, model, mode, options);
  const accepted = !found.has('broken');
  return {
    accepted,
    isUndecided: found.has('undecided'),
    isDifferent: found.has('warning'),
    isOpen: accepted && found.has('undecided', 'helperUnknown'),
    limits: found.limits,
    obstacles: () => found.messages('broken'),
  };
}

/** Applies all rules. */
function applied(prepared: PreparedProgram, model: NicModel, mode: Mode, options: CheckOptions): Collector {
  const { mtuBytes = 1500, attached = [] } = options;
  const found = new Collector(prepared.program, model, prepared.visits);
  const context: CheckContext = { ...prepared, model, mode, mtuBytes, attached, found };
  for (const check of CHECKS) check(context);
  return found;
}

/** Whether the verifier can still change the answer: taken so far, but for something that only it knows. */
export function isOpen({ accepted, undecided }: OffloadResult): boolean {
  return accepted && undecided.some(({ rule }) => rule !== 'helperUnknown');
}

/** Checks one program of an object against a model, with the verifier's help. */
export function checkOffload(
  object: ObjectSpec,
  program: ProgramSpec,
  model: NicModel,
  mode: Mode = defaultMode(model),
  options: CheckOptions = {},
): OffloadResult {
  return checkPrepared(prepareVerified(prepareCheck(object, program)), model, mode, options);
}

/** The mode in which a card is usually used. */
export function defaultMode(model: NicModel): Mode {
  return model.modes.supported[0] ?? 'generic';
}

const CHECKS: readonly ((context: CheckContext) => void)[] = [
  checkMaps,
  checkAttach,
  checkVerifier,
  inCard(checkInstructions),
  inCard(checkMemory),
  inCard(checkHelpers),
  inCard(checkFrames),
  inCard(checkLength),
  checkRuns,
];

/** The verifier's own refusal; a write to the context is one for the card to judge, since only offloaded programs may. */
function checkVerifier({ program, mode, rejection, found }: CheckContext): void {
  if (rejection === undefined) return;
  const { slot, message, errno } = rejection;
  const isContextWrite =
    slot !== undefined && program.instructions[slot]?.kind === 'store' && message.includes('bpf_context');
  if (mode === 'hw' && isContextWrite) return;
  found.add('broken', 'verifier', { slot, values: { message }, errno });
}

/** Rules of the card's own processor hold where it runs the program. */
function inCard(check: (context: CheckContext) => void): (context: CheckContext) => void {
  return context => {
    if (context.mode === 'hw' && context.model.modes.supported.includes('hw')) check(context);
  };
}
