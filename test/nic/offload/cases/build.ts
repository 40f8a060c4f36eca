// What cases of the offload check are made of: a rule, a program that meets it and one that breaks it.
import type { Mode } from '../../../../src/nic/model.js';
import type { RuleName } from '../../../../src/nic/offload/rules.js';
import type { TestProgram } from '../../../support/offload-object.js';

/** A rule on one card. */
export interface RuleCase {
  readonly rule: RuleName;
  /** Sets apart cases of one rule. */
  readonly about?: string;
  /** `nfp-agilio-open` unless said otherwise. */
  readonly nic?: string;
  readonly mode?: Mode;
  readonly mtu?: number;
  /** Mode of a program that is attached already. */
  readonly attached?: Mode;
  /** Figures laid over the model, as its file would state them. */
  readonly changes?: Readonly<Record<string, object>>;
  /** What is found where the program breaks the rule; `broken` unless said otherwise. */
  readonly finds?: 'undecided' | 'warning';
  /** Look at the text alone: with the verifier's help another rule would come first. */
  readonly isQuick?: true;
  readonly breaks: TestProgram;
  /** For the same card and mode, unless `meetsOn` says otherwise. */
  readonly meets: TestProgram;
  /** Where it is not the program that makes the difference. */
  readonly meetsOn?: { readonly nic?: string; readonly mode?: Mode; readonly mtu?: number; readonly attached?: Mode };
}

export const PASS = { code: 'r0 = 2; exit' } satisfies TestProgram;

/** r2 to r3 is the packet, with `bytes` bytes at least; the code goes on there, and ends at `out` with r0 = 2. */
export function packet(code: string, bytes = 34): string {
  return `r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += ${bytes}; if r4 > r3 goto out
    ${code}
    out: r0 = 2; exit`;
}

/** r0 is a value of `map`, r6 the context; the code goes on there. */
export function lookup(code: string, map = 'm'): string {
  return `r6 = r1; r1 = 0; *(u32 *)(r10 - 4) = r1; r2 = r10; r2 += -4; r1 = map[${map}]; call map_lookup_elem
    if r0 == 0 goto out
    ${code}
    out: r0 = 2; exit`;
}

/** Updates an entry of `m` with the 8 bytes at r10 - 16. */
export const UPDATE = 'r1 = map[m]; r2 = r10; r2 += -4; r3 = r10; r3 += -16; r4 = 0; call map_update_elem';
export const COUNTERS = { m: { type: 'hash', value: 8 } };
export const COUNT = 'r1 = 1; lock *(u64 *)(r0 + 0) += r1';
export const EBPF = 'nfp-agilio-ebpf';
/** One map is written, another counts. (One for both does not do: newer verifiers remember a zero on the stack as any spilled number.) */
export const UPDATE_AND_COUNT: TestProgram = {
  code: lookup(`${COUNT}; r9 = 5; *(u64 *)(r10 - 16) = r9; r1 = 0; *(u32 *)(r10 - 4) = r1; ${UPDATE}`, 'n'),
  maps: { m: { type: 'hash', value: 8 }, n: {} },
};
export const event = (code: string): TestProgram => ({
  code: `r6 = r1; ${code}; r1 = r6; r2 = map[events]; r5 = 4; call perf_event_output; r0 = 2; exit`,
  maps: { events: { type: 'perf_event_array', value: 4 } },
});
export const STACK_DATA = 'r1 = 1; *(u64 *)(r10 - 8) = r1; r4 = r10; r4 += -8';
export const LOWER_32 = 'r3 = 0xffffffff ll';
export const METADATA =
  'r2 = r10; r2 += -8; r3 = 0; *(u64 *)(r10 - 8) = r3; call kfunc bpf_xdp_metadata_rx_timestamp; r0 = 2; exit';
export const METADATA_HASH =
  'r2 = r10; r2 += -8; r3 = r10; r3 += -16; r4 = 0; *(u64 *)(r10 - 8) = r4; *(u64 *)(r10 - 16) = r4; call kfunc bpf_xdp_metadata_rx_hash; r0 = 2; exit';
export const KFUNC = 'call kfunc bpf_rcu_read_lock; call kfunc bpf_rcu_read_unlock; r0 = 2; exit';

/** A chain of calls, `depth` functions long, each with `bytes` of stack. */
export function chain(depth: number, bytes: number): TestProgram {
  const use = `r5 = 1; *(u64 *)(r10 - ${bytes}) = r5`;
  const inner = Array.from({ length: depth - 1 }, (_, at) => {
    const last = at === depth - 2;
    return `f${at + 1}: ${use}; ${last ? '' : `call f${at + 2};`} r0 = 2; exit`;
  });
  const starts = inner.map((_, at) => 5 + at * 5);
  return { code: `${use}; call f1; r0 = 2; exit; ${inner.join('; ')}`, functions: starts };
}

export const wide = (count: number): TestProgram => ({
  code: `r5 = 1; ${'r5 += 0x12345678; '.repeat(count)} r0 = 2; exit`,
});
