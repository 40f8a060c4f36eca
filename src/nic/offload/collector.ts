// Gathers what the rules find, finds the words for it, and puts it into the kernel's order.
import { type SourceLine, sourceLineAt } from '../../object/spec.js';
import type { ErrnoName } from '../../platform/errno.js';
import type { NicModel } from '../model.js';
import type { RuleWords } from '../model-fields.js';
import type { OffloadProgram } from './program.js';
import { type LimitUse, PHASES, type Reason, type SourcePlace } from './reason.js';
import { RULES, type Rule, type RuleName } from './rules.js';

/** The case at hand: where it is, the values that its words name, and the figures of the model that decide it. */
export interface Case {
  readonly slot?: number | undefined;
  readonly map?: string | undefined;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly limit?: LimitUse;
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

/** Takes the cases of one program on one card. */
export class Collector {
  readonly limits: LimitUse[] = [];
  private readonly cases: { readonly verdict: Verdict; readonly reason: Reason }[] = [];
  private readonly seen = new Set<string>();
  private readonly program: OffloadProgram;
  private readonly model: NicModel;

  constructor(program: OffloadProgram, model: NicModel) {
    this.program = program;
    this.model = model;
  }

  /** Notes a case; the same rule at the same place with the same words counts once. */
  add(verdict: Verdict, rule: RuleName, item: Case = {}): void {
    const reason = this.reasonOf(rule, item);
    const key = [verdict, rule, item.slot, item.map, reason.message].join('\n');
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.cases.push({ verdict, reason });
  }

  /** Notes how much of a limit is used, and the rule where it is exceeded. */
  addLimit(rule: RuleName, limit: LimitUse, item: Case = {}): void {
    this.limits.push(limit);
    if (limit.used <= limit.allowed) return;
    this.add('broken', rule, { ...item, limit, values: { used: limit.used, allowed: limit.allowed, ...item.values } });
  }

  /** The cases of a kind in the kernel's order. */
  reasons(verdict: Verdict): readonly Reason[] {
    const found = this.cases.filter(item => item.verdict === verdict).map(({ reason }) => reason);
    return found.toSorted((a, b) => order(a) - order(b));
  }

  private reasonOf(
    name: RuleName,
    { slot, map, values = {}, limit, figures = [], variant, errno, question }: Case,
  ): Reason {
    const rule: Rule = RULES[name];
    const words = this.wordsOf(name, variant) ?? rule.words;
    const all = { nic: this.model.name, ...(map !== undefined && { map }), ...values };
    const provenance = figures.flatMap(path => this.model.provenance.get(path) ?? []);
    return {
      rule: name,
      phase: rule.phase,
      message: question === undefined ? fill(words.text, all) : `not known: ${question}`,
      log: words.log,
      errno: errno ?? (words.errno as ErrnoName | undefined),
      instruction: slot,
      source: slot === undefined ? undefined : sourcePlace(sourceLineAt(this.program.spec, slot)),
      map,
      hint: fill(rule.hint, all),
      limit,
      unverified: provenance.some(({ isUnverified }) => isUnverified),
      basis: [...new Set(provenance.map(({ source }) => source))],
    };
  }

  private wordsOf(name: RuleName, variant: string | undefined): RuleWords | undefined {
    const messages: Readonly<Record<string, RuleWords | undefined>> = this.model.messages;
    const own = (key: string) => (Object.hasOwn(messages, key) ? messages[key] : undefined);
    return (variant === undefined ? undefined : own(`${name}.${variant}`)) ?? own(name);
  }
}

const RULE_ORDER: ReadonlyMap<string, number> = new Map(Object.keys(RULES).map((name, index) => [name, index]));

/** Phase, then instruction, then rule; maps stay in the order in which they are created, each with its rules in theirs. */
function order({ phase, instruction, rule }: Reason): number {
  const withinPhase = phase === 'map' ? 0 : (instruction ?? 0) * 128 + (RULE_ORDER.get(rule) ?? 0);
  return PHASES.indexOf(phase) * 2 ** 31 + withinPhase;
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_all, name: string) => String(values[name] ?? ''));
}

function sourcePlace(line: SourceLine | undefined): SourcePlace | undefined {
  return line === undefined ? undefined : { file: line.file, line: line.line, text: line.text.trim() };
}
