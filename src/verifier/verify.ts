// Would Linux 6.18 load this XDP program, and if not, why? Checks the program's shape, then walks all its paths with what is known of every
// register and stack slot. Kernel Documentation/bpf/verifier.rst; behaviour compared with a running 6.18.
import type { Btf } from '../btf/btf.js';
import type { ObjectSpec, ProgramSpec } from '../object/spec.js';
import type { ErrnoName } from '../platform/errno.js';
import { VERIFIER_LIMIT } from '../platform/limits.js';
import { explain } from './explain.js';
import { brand, type Verification, type VerificationStatistics } from './finding.js';
import { SILENT } from './log/sink.js';
import { LogWriter } from './log/writer.js';
import { isAbsentKfunc, type Prepared, prepare } from './program.js';
import { Rejected } from './rejected.js';
import { noteMainArguments } from './rules/global-arguments.js';
import type { Register } from './state/register.js';
import type { Frame } from './state/state.js';
import { checkStructure } from './structure/check.js';
import { checkStackDepth } from './structure/stack-depth.js';
import { planWalk } from './walk/plan.js';
import { walkFunction } from './walk/run.js';
import { Walker } from './walk/walker.js';

/** What an observer sees: the instruction about to be walked, and what is known before it. */
export interface Visit {
  readonly slot: number;
  /** Registers 0 to 10 of the function being executed. Not to be changed, and only valid during the call. */
  readonly registers: readonly Register[];
  /** All functions being executed, the main one first. */
  readonly frames: readonly Frame[];
}

/** What may be chosen. */
export interface VerifyOptions {
  /** `verbose`: every instruction with the state behind it, as the kernel's log level 2. Default `none`. */
  readonly log?: 'none' | 'verbose';
  /** Called on each visit of an instruction, over all paths. */
  readonly observe?: (visit: Visit) => void;
  /** Instructions to walk over all paths; 1,000,000 as in the kernel unless said otherwise. */
  readonly instructionBudget?: number;
  /** CPUs of the machine: bounds what bpf_get_smp_processor_id may give. Default 8. */
  readonly cpuCount?: number;
  /**
   * Walks every path to its end. By default a path ends where an earlier visit covers it: then numbers on which no proof relied may be other
   * than what `observe` was told. Loops without a constant count, callbacks and iterators need the default to come to an end.
   */
  readonly walksEveryPath?: boolean;
  /** The program is bound to a device, so that metadata kfuncs are allowed. Default false. */
  readonly isDeviceBound?: boolean;
  /**
   * Types of the kernel (as of /sys/kernel/btf/vmlinux): they tell what stands in its structs. Without them reads through pointers to these
   * give numbers of which nothing is known.
   */
  readonly kernelTypes?: Btf | undefined;
}

/**
 * Verifies one program of an object.
 * @returns accepted with the branded program, or rejected with the kernel's message, errno and explained findings
 */
export function verify(object: ObjectSpec, program: ProgramSpec, options: VerifyOptions = {}): Verification {
  const count = program.code.byteLength / 8;
  if (count === 0 || count > VERIFIER_LIMIT.MAX_INSTRUCTIONS) return tooLong(count);
  const log = options.log === 'verbose' ? new LogWriter() : undefined;
  let walker: Walker | undefined;
  try {
    const prepared = prepare(object, program);
    checkStructure(prepared);
    walker = newWalker(prepared, options, log);
    walkAll(walker, options);
    checkStackDepth(prepared, walker.stackBytes);
    requireKfuncs(walker);
    const statistics = statisticsOf(walker);
    log?.finish(statistics);
    return { accepted: true, program: brand(object, program, walker.visited), statistics, log: log?.text };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const statistics = statisticsOf(walker);
    log?.fail(error.lines, statistics);
    const findings = [explain(error, program, walker)];
    return { accepted: false, errno: error.errno, message: error.lines[0] ?? '', findings, statistics, log: log?.text };
  }
}

/** The kernel answers before it verifies anything, and without a message. */
function tooLong(count: number): Verification {
  const message = `program has ${count} instructions; Linux takes 1 to ${VERIFIER_LIMIT.MAX_INSTRUCTIONS}`;
  return unloadable(message, 'E2BIG');
}

/** The answer for a program that does not get as far as the verifier. */
export function unloadable(message: string, errno: ErrnoName = 'EINVAL'): Verification {
  const place = { slot: undefined, instruction: undefined, source: undefined, register: undefined, path: [] };
  const findings = [{ message, ...place, suggestion: undefined }];
  return { accepted: false, errno, message, findings, statistics: statisticsOf(undefined), log: undefined };
}

function newWalker(prepared: Prepared, options: VerifyOptions, log: LogWriter | undefined): Walker {
  const settings = {
    instructionBudget: options.instructionBudget ?? VERIFIER_LIMIT.MAX_PROCESSED_INSTRUCTIONS,
    cpuCount: options.cpuCount ?? 8,
    isDeviceBound: options.isDeviceBound ?? false,
    kernelTypes: options.kernelTypes,
    prunes: options.walksEveryPath !== true,
  };
  return new Walker(prepared, planWalk(prepared), settings, log ?? SILENT);
}

/** The main program, then the global functions that it called, and those that they called. */
function walkAll(walker: Walker, options: VerifyOptions): void {
  const visit = visitor(walker, options);
  if (walker.log instanceof LogWriter) walker.log.start(walker);
  if (!walker.log.isSilent) noteMainArguments(walker);
  walkFunction(walker, 0, visit);
  const done = new Set<number>();
  for (let left = true; left; ) {
    left = false;
    for (const index of [...walker.calledGlobals].sort((a, b) => a - b)) {
      if (done.has(index)) continue;
      done.add(index);
      left = true;
      const { name } = walker.prepared.subprograms[index]!;
      if (walker.log instanceof LogWriter) walker.log.enter();
      walker.log.line(`Validating ${name}() func#${index}...`);
      walkFunction(walker, index, visit);
      walker.log.line(`Func#${index} ('${name}') is safe for any args that match its prototype`);
    }
  }
}

/** Calls of kernel functions that the kernel lacks may stand only where no path leads. */
function requireKfuncs({ prepared, settings, visited }: Walker): void {
  const slot = prepared.raw.findIndex(
    (_, at) => visited[at] === 1 && isAbsentKfunc(prepared, at, settings.kernelTypes),
  );
  if (slot < 0) return;
  throw new Rejected('EINVAL', ['invalid kernel function call not eliminated in verifier pass'], { slot });
}

function visitor({ log }: Walker, { observe }: VerifyOptions): ((walker: Walker) => void) | undefined {
  const writer = log instanceof LogWriter ? log : undefined;
  if (writer === undefined && observe === undefined) return undefined;
  return walker => {
    writer?.visit(walker);
    observe?.({ slot: walker.slot, registers: walker.frame.registers, frames: walker.state.frames });
  };
}

function statisticsOf(walker: Walker | undefined): VerificationStatistics {
  return {
    processedInstructions: walker?.counters.processed ?? 0,
    maxStatesPerInstruction: walker?.counters.maxStatesPerInstruction ?? 0,
    totalStates: walker?.counters.totalStates ?? 0,
    peakStates: walker?.counters.peakStates ?? 0,
    stackBytes: walker?.stackBytes[0] ?? 0,
  };
}
