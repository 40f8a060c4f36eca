// From one SYN packet the fuzzer reaches every line of the bundled programs that can be reached.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Campaign } from '../../src/testing/fuzz/campaign.js';
import { linesOf } from '../../src/testing/fuzz/coverage.js';
import { fromOneSyn, PROGRAMS, targetOf } from './targets.js';

/** Lines that no packet reaches, and why. */
const UNREACHABLE: Readonly<Record<string, readonly { readonly text: string; readonly why: string }[]>> = {
  'calibrate-hxdp': [
    { text: 'record->issues++;', why: 'packets of the fuzzer come in on queue 0, this is about 63' },
    { text: 'if (!port)', why: 'they come in on interface 1, which is inside' },
  ],
  edges: [{ text: 'return 0;', why: 'bpf_loop refuses so many rounds, and flags, before it calls anything' }],
  events: [
    { text: '__sync_fetch_and_add(&lost_events, 1);', why: 'readers empty the ring buffer after every packet' },
    { text: 'return;', why: 'the same' },
  ],
  'helper-zoo': [
    { text: '*(__u64 *)count += 1;', why: 'user space puts no record into the ring' },
    { text: 'return 0;', why: 'the same' },
  ],
  'own-objects': [
    ...[
      '__u32 zero = 0;',
      '__u64 *failures = bpf_map_lookup_elem(&no_memory, &zero);',
      'if (failures)',
      '(*failures)++;',
      'if (parcel)',
      'if (!parcel)',
    ].map(text => ({ text, why: 'there is always memory for an object' })),
    {
      text: 'return container_of(node, struct parcel, in_tree)->key < container_of(other, struct parcel, in_tree)->key;',
      why: 'the tree of `shared` is empty again after every packet',
    },
    { text: 'bpf_spin_unlock(&both_lock);', why: 'what was just put into a tree and a list is in there' },
    { text: 'return XDP_ABORTED;', why: 'the same' },
  ],
  'tail-calls': [{ text: 'if (!scratch)', why: 'its array has the key 0, so the way of NULL is never gone' }],
  'value-fields': [
    { text: 'value->count++;', why: 'the callback of a timer that is set too far off to fire' },
    { text: 'return 0;', why: 'the same' },
  ],
};

const MAX_STEPS = 16_000;
const STEPS_PER_LOOK = 250;

const names = readdirSync(PROGRAMS)
  .filter(name => name.endsWith('.o'))
  .map(name => name.slice(0, -2));

describe('from one SYN packet', () => {
  for (const name of names) {
    const unreachable = new Set((UNREACHABLE[name] ?? []).map(({ text }) => text));
    for (const { name: program } of targetOf(name).object.programs) {
      it(`every reachable line of ${program} in ${name} is reached`, () => {
        const campaign = new Campaign(fromOneSyn(targetOf(name, program)));
        const missed = () => linesOf(campaign.coverage.counts).missed.filter(({ text }) => !unreachable.has(text));
        for (let step = 0; step < MAX_STEPS; step++) {
          if (step % STEPS_PER_LOOK === 0 && missed().length === 0) break;
          campaign.step();
        }
        campaign.close();
        expect(linesOf(campaign.coverage.counts).total).toBeGreaterThan(0);
        expect(missed()).toEqual([]);
      });
    }
  }
});
