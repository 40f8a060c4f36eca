// `verify` on an object whose programs are of several kinds: each is judged for itself, and what is not judged is named.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, xdpsim } from '../support/terminal.js';
import { findTool, runTool } from '../support/tools.js';

const SOURCE = `
#define SEC(name) __attribute__((section(name), used))
__attribute__((weak)) extern int no_such_function(void);
SEC("xdp") int good(void *context) { return 2; }
SEC("xdp") int bad(void *context) { return *(volatile int *)8; }
SEC("xdp") int unlinked(void *context) { return no_such_function(); }
SEC("tc") int filter(void *context) { return 0; }
char _license[] SEC("license") = "GPL";
`;

const clang = findTool('clang-19');
const files = temporaryFolder();
const object = files.path('kinds.o');

afterAll(() => files.remove());

describe.skipIf(clang === undefined)('verify (skipped where clang-19 is missing)', () => {
  beforeAll(() => {
    const source = files.path('kinds.c');
    writeFileSync(source, SOURCE);
    runTool(clang!, '-O2', '-g', '-target', 'bpf', '-c', source, '-o', object);
  });

  it('judges each program for itself, one that cannot be linked too', async () => {
    const { code, out } = await xdpsim(['verify', '-j', object]);
    const { programs, otherPrograms } = JSON.parse(out);
    expect(code).toBe(3);
    const verdicts = programs.map((item: { name: string; accepted: boolean }) => [item.name, item.accepted]);
    expect(verdicts).toEqual([
      ['good', true],
      ['bad', false],
      ['unlinked', false],
    ]);
    expect(programs[2].message).toContain('no_such_function');
    expect(otherPrograms).toEqual([
      { name: 'filter', section: 'tc', type: 'sched_cls', reason: 'of type sched_cls, no XDP program' },
    ]);
  });

  it.each([
    ['good', 0, true],
    ['unlinked', 3, false],
  ])('gives the verdict of %s alone', async (name, exit, accepted) => {
    const { code, out } = await xdpsim(['verify', '-j', '-n', name, object]);
    const { programs, otherPrograms } = JSON.parse(out);
    expect(code).toBe(exit);
    expect(programs).toMatchObject([{ name, accepted }]);
    expect(otherPrograms).toBeUndefined();
  });

  it('says in text what it does not judge, and refuses to judge it alone', async () => {
    expect((await xdpsim(['verify', object])).out).toContain('filter: not judged: of type sched_cls, no XDP program\n');
    const { code, err } = await xdpsim(['verify', '-n', 'filter', object]);
    expect(code).toBe(2);
    expect(err).toContain('not judged: filter (tc) is of type sched_cls, no XDP program');
  });
});
