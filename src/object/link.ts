// Makes one instruction stream of a program and the subprograms it reaches, in libbpf's order (bpf_object__reloc_code): a subprogram
// is appended when its first call is met, and its own calls are followed before the caller's next one.
import { SLOT_BYTES } from '../isa/instruction.js';
import { writeRaw } from '../isa/raw.js';
import { InputError } from '../support/errors.js';
import { type CallInstruction, callInstructions } from './calls.js';
import type { CodeFunction, FunctionIndex } from './functions.js';
import type { SourceInfo } from './source-info.js';
import type { FunctionSpec, ProgramSpec, Reference, SourceLine } from './spec.js';
import { isCodePlace } from './target.js';

/** What linking gives. */
export type LinkedCode = Pick<ProgramSpec, 'code' | 'references' | 'functions' | 'lines'>;

/** The parts of the object that linking draws on. */
export interface LinkInput {
  readonly functions: FunctionIndex;
  readonly source: SourceInfo;
  /** Sections whose functions may be called: `.text`, or any code when lenient. */
  readonly isCallable: (sectionIndex: number) => boolean;
  /** The function that runs when `main` throws, appended behind all others. */
  readonly exceptionCallbackOf: (main: CodeFunction) => CodeFunction | undefined;
  readonly budget: LinkBudget;
  /** Call sites found so far. */
  readonly callSites: Map<CodeFunction, readonly CallSite[]>;
}

/** Room for linked code: programs of an object repeat the subprograms they share, so the file's size is no limit. */
export interface LinkBudget {
  slots: number;
  lines: number;
}

/** 8 million instructions in all; the kernel takes one million in a program. */
export function newLinkBudget(): LinkBudget {
  return { slots: 8_000_000, lines: 8_000_000 };
}

/** An instruction that names a function of this object. */
interface CallSite extends CallInstruction {
  readonly callee: CodeFunction;
}

/** A function's place in the linked code. */
type Placement = Map<CodeFunction, number>;

/** Links `main`. Throws the problem of any function in it, InputError `link` in libbpf's words, and `program-size`. */
export function link(main: CodeFunction, input: LinkInput): LinkedCode {
  const placement = placeFunctions(main, input);
  const slots = [...placement.keys()].reduce((sum, fn) => sum + fn.slots, 0);
  const code = new Uint8Array(slots * SLOT_BYTES);
  const references = new Map<number, Reference>();
  const functions: FunctionSpec[] = [];
  const lines: SourceLine[] = [];
  for (const [fn, start] of placement) {
    code.set(fn.code, start * SLOT_BYTES);
    for (const site of sitesOf(fn, main, input)) relocateCall(code, site, start, placement, references);
    addReferences(fn, start, references);
    const { name, slots: count, linkage } = fn;
    functions.push({ name, slot: start, slots: count, linkage, typeId: input.source.typeIdOf(fn) });
    addLines(lines, input, fn, start);
  }
  return { code, references, functions, lines };
}

function placeFunctions(main: CodeFunction, input: LinkInput): Placement {
  const placement: Placement = new Map();
  let end = 0;
  const enter = (fn: CodeFunction) => {
    if (fn.problem !== undefined) throw fn.problem;
    spend(input.budget, 'slots', fn.slots, main);
    placement.set(fn, end);
    end += fn.slots;
    return { sites: sitesOf(fn, main, input), next: 0 };
  };
  for (const root of [main, input.exceptionCallbackOf(main)]) {
    const open = root === undefined || placement.has(root) ? [] : [enter(root)];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const site = top.sites[top.next++];
      if (site === undefined) open.pop();
      else if (!placement.has(site.callee)) open.push(enter(site.callee));
    }
  }
  return placement;
}

function spend(budget: LinkBudget, what: keyof LinkBudget, count: number, main: CodeFunction): void {
  budget[what] -= count;
  if (budget[what] >= 0) return;
  throw new InputError(
    'program-size',
    `link programs: prog '${main.name}': the programs of this object are too large once linked`,
  );
}

function sitesOf(fn: CodeFunction, main: CodeFunction, input: LinkInput): readonly CallSite[] {
  const known = input.callSites.get(fn);
  if (known !== undefined) return known;
  const sites = findCallSites(fn, main, input);
  input.callSites.set(fn, sites);
  return sites;
}

function findCallSites(fn: CodeFunction, main: CodeFunction, input: LinkInput): readonly CallSite[] {
  return callInstructions(fn).map(call => ({ ...call, callee: calleeOf(fn, call, main, input) }));
}

function calleeOf(
  fn: CodeFunction,
  { slot, place, misfit }: CallInstruction,
  main: CodeFunction,
  input: LinkInput,
): CodeFunction {
  if (misfit !== undefined) throw wrong(main, `unexpected relo for insn #${slot}, type ${misfit}`);
  if (place === undefined) throw wrong(main, `missing subprog addr relo for insn #${slot}`);
  const isCallable = input.isCallable(place.sectionIndex);
  const callee = isCallable ? input.functions.at(place.sectionIndex, place.slot) : undefined;
  if (callee !== undefined) return callee;
  const advice = isCallable
    ? `there is no function at slot ${place.slot}`
    : 'functions that are called must stand in .text, without SEC(), unless the object is loaded with --lenient';
  throw wrong(main, `no .text section found yet sub-program call exists (insn #${slot} of ${fn.name}); ${advice}`);
}

function wrong(main: CodeFunction, what: string): InputError {
  return new InputError('link', `link programs: prog '${main.name}': ${what}`);
}

function relocateCall(
  code: Uint8Array,
  { slot, isAddress, callee }: CallSite,
  start: number,
  placement: Placement,
  references: Map<number, Reference>,
): void {
  const at = start + slot;
  const target = placement.get(callee)!;
  writeRaw(code, at, { imm: target - at - 1 });
  if (isAddress) references.set(at, { kind: 'function', slot: target });
}

function addReferences(fn: CodeFunction, start: number, references: Map<number, Reference>): void {
  for (const [slot, target] of fn.targets) {
    if (!isCodePlace(target)) references.set(start + slot, target);
  }
}

function addLines(lines: SourceLine[], { source, budget }: LinkInput, fn: CodeFunction, start: number): void {
  const own = source.linesOf(fn);
  spend(budget, 'lines', own.length, fn);
  for (const line of own) lines.push({ ...line, slot: start + line.slot });
}
