// Gathers what the rules find, finds the words for it, and puts it into the kernel's order.
import { type SourceLine, sourceLineAt } from '../../object/spec.js';
import type { ErrnoName } from '../../platform/errno.js';
import type { NicModel } from '../model.js';
import type { RuleWords } from '../model-fields.js';
import type { OffloadProgram } from './program.js';
import { type LimitUse, PHASES, type Reason, type SourcePlace } from './reason.js';
import { RULES, type Rule, type RuleName } from './rules.js';
import type { Visits } from './verified-ranges.js';

/** How much of a limit is used; whether the figure is verified says its source. */
export type Amount = Omit<LimitUse, 'unverified'>;

/** What words name; a function where the value takes time to make, since most cases are only counted. */
export type CaseValues = Readonly<Record<string, string | number | (() => string)>>;

/** The case at hand: where it is, the values that its words name, and the figures of the model that decide it. */
export interface Case {
  readonly slot?: number | undefined;
  readonly map?: string | undefined;
  readonly values?: CaseValues;
  readonly limit?: Amount;
  /** Paths such as `limits.stackBytes`. */
  readonly figures?: readonly string[];
  /** Words under `messages` in the model with this suffix come first: `helperFirmware.xdp_adjust_head`. */
  readonly variant?: string;
  /** An errno of this case rather than of the rule. */
  readonly errno?: ErrnoName | undefined;
  /** For an undecided case: what would have to be known. */
  readonly question?: string;
}

/** What becomes of a case. */
export type Verdict = 'broken' | 'undecided' | 'warning';

interface Entry {
  readonly verdict: Verdict;
  readonly rule: RuleName;
  readonly item: Case;
}

/** Takes the cases of one program on one card; the words are found when they are asked for. */
export class Collector {
  readonly limits: LimitUse[] = [];
  private readonly entries: Entry[] = [];
  private readonly relied = new Set<string>();
  private readonly program: OffloadProgram;
  private readonly model: NicModel;
  private readonly visits: Visits;

  /** @param visits when the verifier came to each instruction; those that it never came to follow */
  constructor(program: OffloadProgram, model: NicModel, visits: Visits = []) {
    this.program = program;
    this.model = model;
    this.visits = visits;
  }

  /** Notes a case. */
  add(verdict: Verdict, rule: RuleName, item: Case = {}): void {
    this.entries.push({ verdict, rule, item });
  }

  /** Notes how much of a limit is used, and the rule where it is exceeded. */
  addLimit(rule: RuleName, plain: Amount, item: Case = {}): void {
    const limit = { ...plain, unverified: this.isUnverified(item) };
    this.limits.push(limit);
    for (const figure of item.figures ?? []) this.rely(figure);
    if (limit.used <= limit.allowed) return;
    this.add('broken', rule, { ...item, limit, values: { used: limit.used, allowed: limit.allowed, ...item.values } });
  }

  /** Notes that a figure allows something. */
  rely(figure: string): void {
    if (this.model.provenance.get(figure)?.isUnverified === true) this.relied.add(figure);
  }

  /** Figures without a primary source that allow something. */
  get restsOn(): readonly string[] {
    return [...this.relied].sort();
  }

  /** Whether there are cases of a kind; `except` leaves those of one rule out. */
  has(verdict: Verdict, except?: RuleName): boolean {
    return this.entries.some(entry => entry.verdict === verdict && entry.rule !== except);
  }

  /** The different words of the cases of a kind. */
  messages(verdict: Verdict): ReadonlySet<string> {
    const entries = this.entries.filter(entry => entry.verdict === verdict);
    return new Set(entries.map(entry => this.messageOf(entry)));
  }

  /** The cases of a kind in the kernel's order; the same rule at the same place with the same words counts once. */
  reasons(verdict: Verdict): readonly Reason[] {
    const found = new Map<string, Reason>();
    for (const entry of this.entries) {
      if (entry.verdict !== verdict) continue;
      const reason = this.reasonOf(entry);
      const key = [reason.rule, reason.instruction, reason.map, reason.message].join('\n');
      if (!found.has(key)) found.set(key, reason);
    }
    return [...found.values()].sort((a, b) => order(a, this.visits) - order(b, this.visits));
  }

  private messageOf({ rule, item }: Entry): string {
    if (item.question !== undefined) return `not known: ${item.question}`;
    return fill(this.wordsOf(rule, item.variant).text, this.valuesOf(item));
  }

  private valuesOf({ map, values }: Case): CaseValues {
    return { nic: this.model.name, ...(map !== undefined && { map }), ...values };
  }

  private reasonOf(entry: Entry): Reason {
    const { rule: name, item } = entry;
    const { slot, map, limit, figures = [], variant, errno } = item;
    const unverified = this.isUnverified(item);
    const rule: Rule = RULES[name];
    const words = this.wordsOf(name, variant);
    const provenance = figures.flatMap(path => this.model.provenance.get(path) ?? []);
    return {
      rule: name,
      phase: rule.phase,
      message: this.messageOf(entry),
      log: words.log,
      errno: errno ?? (words.errno as ErrnoName | undefined),
      instruction: slot,
      source: slot === undefined ? undefined : sourcePlace(sourceLineAt(this.program.spec, slot)),
      map,
      hint: fill(rule.hint, this.valuesOf(item)),
      limit: limit === undefined ? undefined : { ...limit, unverified },
      unverified,
      basis: [...new Set(provenance.map(({ source }) => source))],
    };
  }

  private isUnverified({ figures = [] }: Case): boolean {
    return figures.some(path => this.model.provenance.get(path)?.isUnverified === true);
  }

  /** The model's words for a rule, else our own. */
  private wordsOf(name: RuleName, variant: string | undefined): RuleWords {
    const messages: Readonly<Record<string, RuleWords | undefined>> = this.model.messages;
    const own = (key: string) => (Object.hasOwn(messages, key) ? messages[key] : undefined);
    return (variant === undefined ? undefined : own(`${name}.${variant}`)) ?? own(name) ?? RULES[name].words;
  }
}

const RULE_ORDER: ReadonlyMap<string, number> = new Map(Object.keys(RULES).map((name, index) => [name, index]));

/** What the core looks at before the verifier walks: all kernel functions, then all other instructions. */
const EARLY: readonly RuleName[] = ['metadataOffload', 'directMapValue'];

/**
 * Phase, then instruction, then rule. The verifier shows a driver the instructions in the order of its walk, the translator in that of the
 * program; maps stay in the order in which they are created, each with its rules in theirs.
 */
function order({ phase, instruction, rule }: Reason, visits: Visits): number {
  const [phasePlace, rulePlace] = [PHASES.indexOf(phase) * 2 ** 40, RULE_ORDER.get(rule) ?? 0];
  if (phase === 'map') return phasePlace;
  if (phase !== 'verify' || instruction === undefined) return phasePlace + (instruction ?? 0) * 128 + rulePlace;
  const early = EARLY.indexOf(rule);
  const step = early >= 0 ? instruction : (visits[instruction] ?? visits.length + instruction);
  return phasePlace + (early >= 0 ? early : EARLY.length) * 2 ** 36 + step * 128 + rulePlace;
}

function fill(text: string, values: CaseValues): string {
  return text.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = values[name] ?? '';
    return String(typeof value === 'function' ? value() : value);
  });
}

function sourcePlace(line: SourceLine | undefined): SourcePlace | undefined {
  return line === undefined ? undefined : { file: line.file, line: line.line, text: line.text.trim() };
}
