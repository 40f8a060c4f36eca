// A fuzzing campaign: inputs that reach something new are kept and changed further; problems on the way are shrunk and told.
import type { Way } from '../../engine/observe.js';
import { Random } from '../../traffic/random.js';
import { aimed, nearby } from './aim.js';
import { Coverage, type Feature } from './coverage.js';
import { type Finding, type Problem, problemsOf } from './finding.js';
import { Execution, type FuzzInput, type FuzzTarget, type Operation, runFresh } from './input.js';
import type { Invariant } from './invariant.js';
import { fillableMaps, Mutator } from './mutate.js';
import { fewerOperations, plainerPacket } from './shrink.js';
import { hoisted } from './spec-text.js';
import { watch } from './watch.js';

/** What a campaign is about. */
export interface CampaignOptions {
  readonly target: FuzzTarget;
  /** The version to compare with. */
  readonly against?: FuzzTarget | undefined;
  readonly invariants: readonly Invariant[];
  readonly seed: number;
  /** Whether the fuzzer may store entries in maps, as user space would. */
  readonly fillsMaps: boolean;
  /** Inputs to begin with; at least one. */
  readonly seeds: readonly FuzzInput[];
}

/** Where a campaign stands, to go on later. */
export interface CampaignState {
  readonly executions: number;
  readonly randomPosition: number;
  readonly corpus: readonly FuzzInput[];
  readonly findings: readonly Finding[];
}

const OBSERVED = { counts: true, ways: true } as const;
/** Operations after which maps are emptied. */
const MAX_HISTORY = 400;
/** Of four inputs, those that are aimed at something, as long as there are such. */
const AIMED_OF_FOUR = 3;
/** Different problems that are told; who has more has one. */
const MAX_FINDINGS = 64;

/** Parts of a history that are kept for one step. */
const MAX_ROUNDS = 8;

function containsAll(found: readonly Feature[], wanted: readonly Feature[]): boolean {
  const known = new Set(found);
  return wanted.every(feature => known.has(feature));
}

/** Ways through the programs that are told apart; those of loops have no end. */
const MAX_WAYS = 400;

/** Ways that packets went, by a hash of their steps. */
class KnownWays {
  private readonly hashes = new Set<number>();
  /** Ways that were looked at: an execution gives the same object for the same way. */
  private readonly seen = new WeakSet<Way>();

  /** Whether the way is new and there is room for it. */
  add(way: Way | undefined): boolean {
    if (way === undefined || this.hashes.size >= MAX_WAYS || this.seen.has(way)) return false;
    this.seen.add(way);
    const hash = way.steps.reduce((sum, step) => (Math.imul(sum, 31) + step) | 0, 0);
    const isNew = !this.hashes.has(hash);
    this.hashes.add(hash);
    return isNew;
  }
}

/** One campaign. The same options and number of steps give the same corpus and findings. */
export class Campaign {
  readonly coverage = new Coverage();
  readonly corpus: FuzzInput[] = [];
  readonly findings: Finding[] = [];
  executions = 0;
  private readonly options: CampaignOptions;
  private readonly random: Random;
  private readonly mutator: Mutator;
  private readonly aims: Generator<FuzzInput, void, undefined>[] = [];
  private readonly ways = new KnownWays();
  private history: Operation[] = [];
  private running: Execution;
  private runningAgainst: Execution | undefined;

  /** Goes on from `state` where one is given. */
  constructor(options: CampaignOptions, state?: CampaignState) {
    this.options = options;
    this.random = state === undefined ? new Random(options.seed) : Random.at(state.randomPosition);
    const { object } = options.target;
    this.mutator = new Mutator(this.random, object, options.fillsMaps ? fillableMaps(object) : []);
    this.running = new Execution(options.target, OBSERVED);
    this.runningAgainst = options.against && new Execution(options.against);
    this.findings.push(...(state?.findings ?? []));
    for (const input of options.seeds) this.keep(input);
    for (const input of state?.corpus ?? []) if (this.gains(input)) this.keep(input);
    for (const input of options.seeds) this.tryOut(input);
    this.executions = state?.executions ?? this.executions;
  }

  get state(): CampaignState {
    const { executions, corpus, findings } = this;
    return { executions, randomPosition: this.random.position, corpus, findings };
  }

  /** Tries one more input. */
  step(): void {
    this.tryOut(this.nextAimed() ?? this.mutator.mutate(this.pick()));
  }

  close(): void {
    this.running.close();
    this.runningAgainst?.close();
  }

  /** Later inputs are picked more often: they reached what is hard to reach. */
  private pick(): FuzzInput {
    const { corpus, random } = this;
    return corpus[Math.max(random.below(corpus.length), random.below(corpus.length))]!;
  }

  private nextAimed(): FuzzInput | undefined {
    while (this.aims.length > 0 && this.random.below(4) < AIMED_OF_FOUR) {
      const { done, value } = this.aims[0]!.next();
      if (!done) {
        this.aims.push(this.aims.shift()!);
        return value;
      }
      this.aims.shift();
    }
    return undefined;
  }

  /** Gives an input to the filter as it stands, after all that it was given before: fresh maps cost a hundred times as much. */
  private tryOut(input: FuzzInput): void {
    if (this.history.length + input.length > MAX_HISTORY) this.refresh();
    this.executions++;
    let isNewWay = false;
    for (const operation of input) isNewWay = this.apply(operation) || isNewWay;
    if (this.coverage.hasUnknown(this.running.counts)) this.settle(input);
    else if (isNewWay) this.aims.push(nearby(input, watch(this.options.target, input)));
  }

  /** Whether a packet went a way that none had gone, as long as few are known. */
  private apply(operation: Operation): boolean {
    this.history.push(operation);
    const result = this.running.apply(operation);
    const other = this.runningAgainst?.apply(operation);
    if (operation.kind !== 'packet' || result === undefined) return false;
    for (const problem of problemsOf(operation, result, this.options.invariants, other)) this.note(problem);
    return this.ways.add(result.way);
  }

  private refresh(): void {
    this.close();
    this.running = new Execution(this.options.target, OBSERVED);
    this.runningAgainst = this.options.against && new Execution(this.options.against);
    this.history = [];
  }

  /** Something new was reached: by this input alone if it can be, else by as little as possible of what came before it. */
  private settle(input: FuzzInput): void {
    const wanted = this.gainOf(input);
    if (wanted.length > 0) {
      this.keep(fewerOperations(input, shorter => containsAll(this.gainOf(shorter), wanted)));
    }
    for (let round = 0; round < MAX_ROUNDS && this.coverage.hasUnknown(this.running.counts); round++) {
      if (!this.gains(this.history)) break;
      this.keep(fewerOperations(this.history.slice(), shorter => this.gains(shorter)));
    }
    // What did not show again comes of nothing that can be repeated; it is not to be met again at every step.
    this.coverage.add(this.running.counts);
  }

  private gainOf(input: FuzzInput): Feature[] {
    return this.coverage.unknownIn(runFresh(this.options.target, input).counts);
  }

  private gains(input: FuzzInput): boolean {
    return this.coverage.hasUnknown(runFresh(this.options.target, input).counts);
  }

  private keep(input: FuzzInput): void {
    const { target, fillsMaps } = this.options;
    this.coverage.add(runFresh(target, input).counts);
    this.corpus.push(input);
    const maps = fillsMaps ? fillableMaps(target.object) : [];
    this.aims.unshift(aimed(input, watch(target, input), this.coverage, maps));
  }

  private note(problem: Problem): void {
    const { findings } = this;
    if (findings.length >= MAX_FINDINGS || findings.some(({ key }) => key === problem.key)) return;
    const { executions } = this;
    const shows = (input: FuzzInput) => this.problemIn(input, problem.key) !== undefined;
    const fewer = fewerOperations(this.history.slice(), shows);
    const ordered = shows(hoisted(fewer)) ? hoisted(fewer) : fewer;
    const input = plainerPacket(ordered, shows);
    const shrunk = this.problemIn(input, problem.key) ?? problem;
    findings.push({ ...shrunk, input, executions });
  }

  /** The problem, if the last packet of the input shows it from fresh maps on. */
  private problemIn(input: FuzzInput, key: string): Problem | undefined {
    const { target, against, invariants } = this.options;
    const last = input.at(-1);
    const { result } = runFresh(target, input);
    if (last?.kind !== 'packet' || result === undefined) return undefined;
    const other = against && runFresh(against, input).result;
    return problemsOf(last, result, invariants, other).find(problem => problem.key === key);
  }
}
