// What a row of the table of operations says.

/** Conformance groups of RFC 9669, section 2.4, each with the groups it includes. */
export const CONFORMANCE_GROUPS = {
  base32: { includes: [], deprecated: false },
  base64: { includes: ['base32'], deprecated: false },
  atomic32: { includes: [], deprecated: false },
  atomic64: { includes: ['atomic32'], deprecated: false },
  divmul32: { includes: [], deprecated: false },
  divmul64: { includes: ['divmul32'], deprecated: false },
  packet: { includes: [], deprecated: true },
} as const satisfies Record<string, { includes: readonly string[]; deprecated: boolean }>;

/** Name of a conformance group. */
export type ConformanceGroup = keyof typeof CONFORMANCE_GROUPS;

/** What a field of an encoding may hold: anything (a register, a displacement, a number) or this value alone. */
export type FieldRule = 'any' | number;

/** One operation: the opcode byte and field values that select it, and where it comes from. */
export interface Operation {
  readonly opcode: number;
  /** Rules for the fields; a rule of 0 for a field without meaning says that it must be zero. */
  readonly src: FieldRule;
  readonly offset: FieldRule;
  readonly imm: FieldRule;
  /** Whether dst holds a register; where not, it must be zero. */
  readonly usesDst: boolean;
  /** What it does, in the notation of RFC 9669. */
  readonly description: string;
  /** Its conformance group; undefined for what is not in RFC 9669. */
  readonly group: ConformanceGroup | undefined;
  /** First Linux version that takes it; undefined where Linux 6.18 does not. */
  readonly since: string | undefined;
}
