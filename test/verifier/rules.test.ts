// Rules one by one, as tables of small programs: what Linux 6.18 said of each stands beside it, and a running 6.18 is asked again.
import { describe, expect, it } from 'vitest';
import { assembleCase, codeOf } from '../../src/report/conformance/program.js';
import { verify } from '../../src/verifier/verify.js';
import { kernelRelease } from '../support/kernel-probe.js';
import { askKernel } from '../support/verifier-oracle.js';
import { mapOf, RANDOM_OBJECT } from '../support/verifier-programs.js';

const MAPS = [
  ...RANDOM_OBJECT.maps,
  mapOf('sockets', 15, 4, 4, 4),
  mapOf('sockethash', 18, 4, 4, 4),
  mapOf('xsks', 17, 4, 4, 4),
];
const OBJECT = { ...RANDOM_OBJECT, maps: MAPS };
const CPUS = 8;

const programOf = (text: string) => codeOf('program', assembleCase(text, MAPS), MAPS);

function answer(text: string): string {
  const result = verify(OBJECT, programOf(text), { cpuCount: CPUS });
  return result.accepted ? 'accepted' : result.message;
}

const PACKET = 'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4)';
const BAD = 'r0 = *(u8 *)(r10 +8); exit';
const BELOW = 'invalid read from stack R10 off=8 size=1';
const SOCKET =
  'r2 = r10; r2 += -16; *(u64 *)(r10 -16) = 0; *(u64 *)(r10 -8) = 0; r3 = 12; r4 = -1; r5 = 0; call bpf_sk_lookup_tcp#84; if r0 == 0 goto out; r6 = r0';
const KEY = '*(u64 *)(r10 -8) = 0; r2 = r10; r2 += -8';
const OTHER_POINTER = 'same insn cannot be used with different pointers';

const RULES: readonly (readonly [rule: string, text: string, answer: string])[] = [
  [
    'a loop that comes back with the same registers is endless',
    'l: call bpf_get_prandom_u32#7; if r0 == 5 goto o; goto l; o: r0 = 0; exit',
    'infinite loop detected at insn 1',
  ],
  [
    'one that ties two registers anew in each turn goes on until too many branches wait, whether anything reads them or not',
    'l: call bpf_get_prandom_u32#7; r6 = r0; if r0 == 5 goto o; goto l; o: r0 = 0; exit',
    'The sequence of 8193 jumps is too complex.',
  ],
  [
    'one that gets another pointer in each turn, too',
    'r7 = *(u32 *)(r1 +12); *(u64 *)(r10 -8) = 0; r6 = 0; l: r1 = map[hash]; r2 = r10; r2 += -8; call bpf_map_lookup_elem#1; r6 = r0; if r7 == 3 goto o; goto l; o: r0 = 0; exit',
    'The sequence of 8193 jumps is too complex.',
  ],
  [
    'a load rewritten for the context takes no packet pointer on another path',
    `${PACKET}; r4 = *(u32 *)(r1 +12); if r4 == 0 goto c; r4 = r2; r4 += 8; if r4 > r3 goto out; goto l; c: r2 = r1; l: r0 = *(u32 *)(r2 +0); out: r0 = 0; exit`,
    OTHER_POINTER,
  ],
  [
    'a load that needs no rewriting takes any memory',
    `${PACKET}; r4 = *(u32 *)(r1 +12); if r4 == 0 goto c; r4 = r2; r4 += 8; if r4 > r3 goto out; goto l; c: r2 = r10; r2 += -8; l: r0 = *(u32 *)(r2 +0); out: r0 = 0; exit`,
    'accepted',
  ],
  [
    'a byte written somewhere into a spilled pointer makes the whole slot data',
    'r2 = *(u32 *)(r1 +12); r2 &= 1; r3 = r10; r3 += -16; *(u64 *)(r10 -16) = r1; *(u64 *)(r10 -8) = r1; r3 += r2; *(u8 *)(r3 +0) = 1; r1 = *(u64 *)(r10 -16); r0 = *(u32 *)(r1 +0); exit',
    "R1 invalid mem access 'scalar'",
  ],
  [
    'an atomic operation on the stack needs a known place',
    'r2 = *(u32 *)(r1 +12); r2 &= 8; r3 = r10; r3 += -16; r3 += r2; r0 = 1; lock *(u64 *)(r3 +0) += r0; r0 = 0; exit',
    'variable offset stack pointer cannot be passed into helper function; var_off=(0x0; 0x8) off=-16 size=8',
  ],
  ['the context may be NULL for all that Linux tells', `if r1 == 0 goto n; r0 = 0; exit; n: ${BAD}`, BELOW],
  ['the stack may be NULL for all that Linux tells', `r2 = r10; if r2 == 0 goto n; r0 = 0; exit; n: ${BAD}`, BELOW],
  ['a map value is not NULL', `r2 = map[single]+0; if r2 == 0 goto n; r0 = 0; exit; n: ${BAD}`, 'accepted'],
  ['nor is its lower half', `r2 = map[single]+0; if w2 == 0 goto n; r0 = 0; exit; n: ${BAD}`, 'accepted'],
  ['a map is not NULL', `r2 = map[hash]; if r2 == 0 goto n; r0 = 0; exit; n: ${BAD}`, 'accepted'],
  [
    'a packet pointer may be NULL for all that Linux tells',
    `${PACKET}; if r2 == 0 goto n; r0 = 0; exit; n: ${BAD}`,
    BELOW,
  ],
  [
    'the family of a socket can be read from its start',
    `${SOCKET}; r7 = *(u16 *)(r6 +4); r1 = r6; call bpf_sk_release#86; out: r0 = 0; exit`,
    'accepted',
  ],
  [
    'but not from its middle',
    `${SOCKET}; r7 = *(u8 *)(r6 +5); r1 = r6; call bpf_sk_release#86; out: r0 = 0; exit`,
    'R6 invalid sock access off=5 size=1',
  ],
  [
    'a lookup in a map of sockets takes a reference',
    `${KEY}; r1 = map[sockets]; call bpf_map_lookup_elem#1; r0 = 0; exit`,
    'Unreleased reference id=2 alloc_insn=5',
  ],
  [
    'which is given back as one of a socket',
    `${KEY}; r1 = map[sockethash]; call bpf_map_lookup_elem#1; if r0 == 0 goto out; r1 = r0; call bpf_sk_release#86; out: r0 = 0; exit`,
    'accepted',
  ],
  [
    'a map of sockets takes sockets',
    `${KEY}; r3 = r2; r4 = 0; r1 = map[sockets]; call bpf_map_update_elem#2; r0 = 0; exit`,
    'R3 type=fp expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_',
  ],
  [
    'and gives none to pop',
    `${KEY}; r1 = map[sockets]; call bpf_map_pop_elem#88; r0 = 0; exit`,
    'invalid arg_type for sockmap/sockhash',
  ],
  [
    'memory that may be NULL can be given where NULL can',
    `${KEY}; r1 = map[hash]; call bpf_map_lookup_elem#1; r1 = r0; r2 = 4; r3 = 0; r4 = 0; r5 = 0; call bpf_csum_diff#28; r0 = 0; exit`,
    'accepted',
  ],
  [
    'a task is memory that is only read',
    'call bpf_get_current_task_btf#158; r1 = r0; r2 = 4; call bpf_trace_printk#6; r0 = 0; exit',
    'accepted',
  ],
  [
    'and that no helper writes',
    'call bpf_get_current_task_btf#158; r1 = r0; r2 = 4; call bpf_get_current_comm#16; r0 = 0; exit',
    'bpf_get_current_comm() may write into memory pointed by R1 type=trusted_ptr_',
  ],
  [
    'a task is no socket',
    'call bpf_get_current_task_btf#158; r1 = r0; call bpf_skc_to_tcp_sock#137; r0 = 0; exit',
    'R1 is of type task_struct but sock_common is expected',
  ],
  [
    "no read goes beyond the kernel's struct of a map",
    'r1 = map[hash]; r0 = *(u32 *)(r1 +1000); exit',
    'access beyond struct bpf_htab at off 1000 size 4',
  ],
  [
    'nor beyond that of a task',
    'call bpf_get_current_task_btf#158; r0 = *(u64 *)(r0 +3264); r0 = 0; exit',
    'access beyond struct task_struct at off 3264 size 8',
  ],
  [
    'a function with no stack of its own takes none',
    'call f; exit; f: *(u64 *)(r10 -512) = 0; r0 = 0; exit',
    'accepted',
  ],
  [
    'two functions with 512 bytes are too much',
    '*(u64 *)(r10 -8) = 0; call f; exit; f: *(u64 *)(r10 -512) = 0; r0 = 0; exit',
    'combined stack size of 2 calls is 528. Too large',
  ],
  [
    "a read of a map's own struct stays within one member",
    'r1 = map[hash]; r0 = *(u64 *)(r1 +68); exit',
    'access beyond the end of member key_size (mend:72) in struct bpf_map with off 68 size 8',
  ],
  [
    'pointers in it are read whole',
    'r1 = map[array]; r0 = *(u32 *)(r1 +304); exit',
    'cannot access ptr member aux with moff 304 in struct bpf_array with off 304 size 4',
  ],
  [
    'there is nothing to read between its members',
    'r1 = map[hash]; r0 = *(u32 *)(r1 +36); exit',
    "struct bpf_map doesn't have field at offset 36",
  ],
  ['how many entries it may have can be read', 'r1 = map[hash]; r0 = *(u32 *)(r1 +76); exit', 'accepted'],
  ['may_goto forgets what changes from turn to turn', 'r0 = 0; l: may_goto pc+2; r0 += 1; goto l; exit', 'accepted'],
];

describe('rules', () => {
  it.each(RULES)('%s', (_, text, expected) => {
    expect(answer(text)).toBe(expected);
  });
});

/** Comparisons of a packet pointer with the end: every operator, either order, both sides, one byte around the limit. */
function comparisons(): readonly string[] {
  const programs: string[] = [];
  for (const operator of ['>', '>=', '<', '<=', '==', '!=', 's>', '&']) {
    for (const [left, right] of ['r4 r3', 'r3 r4'].map(pair => pair.split(' '))) {
      for (const size of [7, 8, 9]) {
        const check = `${PACKET}; r4 = r2; r4 += 8; if ${left} ${operator} ${right} goto l`;
        const read = `r0 = *(u8 *)(r2 +${size - 1})`;
        programs.push(`${check}; ${read}; l: r0 = 0; exit`, `${check}; r0 = 1; exit; l: ${read}; r0 = 0; exit`);
      }
    }
  }
  return programs;
}

/** An index with a test before it, added to a map value of 64 bytes. */
function indices(): readonly string[] {
  const tests = [
    '',
    'if r6 > 60 goto out',
    'if r6 s> 60 goto out',
    'if w6 s> 60 goto out',
    'r6 &= 63',
    'r6 %= 64',
    'r6 >>= 26',
    'r6 <<= 58; r6 s>>= 58',
    'r6 = -r6; r6 &= 31',
    'r6 s%= 32',
    'w6 = (s8)w6',
    'if r6 & 0xffffffc0 goto out',
    'r7 = r6; if r7 > 60 goto out',
    'w7 = w6; if w7 > 60 goto out',
    'r7 = r6; r7 += 4; if r7 > 60 goto out',
    '*(u64 *)(r10 -16) = r6; if r6 > 60 goto out; r6 = *(u64 *)(r10 -16)',
    '*(u32 *)(r10 -16) = r6; r7 = *(u32 *)(r10 -16); if r7 > 60 goto out; r6 = r7',
  ];
  const uses = [
    'r0 += r6; r0 = *(u8 *)(r0 +0)',
    'r0 += r6; r0 = *(u32 *)(r0 +0)',
    'r0 -= r6; r0 = *(u8 *)(r0 +0)',
    'r6 += r0; *(u8 *)(r6 +0) = 1',
    'r1 = r0; r2 = r6; r3 = 0; r4 = 0; r5 = 0; call bpf_csum_diff#28',
  ];
  const lookup = 'r6 = *(u32 *)(r1 +12); r0 = map[single]+0';
  return tests.flatMap(test =>
    uses.map(use => `${lookup}; ${test === '' ? '' : `${test}; `}${use}; out: r0 = 0; exit`),
  );
}

/** Every helper with arguments of a few kinds. */
function calls(): readonly string[] {
  const given = [
    '',
    'r1 = 0; r2 = 0; r3 = 0; r4 = 0; r5 = 0; ',
    'r2 = r10; r2 += -16; r3 = 8; r4 = 0; r5 = 0; ',
    'r1 = r10; r1 += -16; r2 = 8; r3 = r1; r4 = 8; r5 = 0; ',
    'r1 = map[array]; r2 = r10; r2 += -16; r3 = r10; r3 += -128; r4 = 0; r5 = 0; ',
  ];
  const ids = Array.from({ length: 215 }, (_, at) => at);
  return ids.flatMap(id => given.map(text => `${text}call x#${id}; r0 = 0; exit`));
}

describe.skipIf(kernelRelease() !== '6.18')('Linux says the same (skipped unless root on 6.18 with python3)', () => {
  it.each([
    ['the rules above', RULES.map(([, text]) => text)],
    ['comparisons with the end of the packet', comparisons()],
    ['indices into map values', indices()],
    ['calls of helpers', calls()],
  ])('of %s', (_, programs) => {
    const kernel = askKernel(OBJECT, programs.map(programOf));
    const different = programs.flatMap((text, at) => {
      const said = kernel[at]!.accepted ? 'accepted' : (kernel[at]!.lines[0] ?? '');
      const ours = answer(text);
      return ours === said ? [] : [`${text}\n  ours: ${ours}; kernel: ${said}`];
    });
    expect(different).toEqual([]);
  });
});
