// The kfunc tables against the running kernel: every function that its BTF tags as a kfunc is called from a small XDP program.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Btf } from '../../src/btf/btf.js';
import { parseBtf } from '../../src/btf/parse.js';
import { METADATA_KFUNCS, OPTIONAL_KFUNCS, SLEEPABLE_KFUNCS, XDP_KFUNCS } from '../../src/platform/kfuncs.js';
import { XDP_ATTACH_TYPE } from '../../src/platform/sections.js';
import { ByteWriter } from '../../src/support/bytes.js';
import { kernelRelease, type ProbeProgram, probeKernel } from '../support/kernel-probe.js';

const VMLINUX = '/sys/kernel/btf/vmlinux';
const REFERENCE = '6.18';
const canAsk = kernelRelease() === REFERENCE && existsSync(VMLINUX);

interface Tagged {
  readonly name: string;
  readonly id: number;
}

/** The functions with a `bpf_kfunc` tag. */
function taggedFunctions(btf: Btf): Tagged[] {
  const found = btf
    .typesByName('bpf_kfunc')
    .flatMap(tag => (tag.kind === 'decl_tag' ? [{ name: btf.typeById(tag.typeId).name, id: tag.typeId }] : []));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** call kfunc; r0 = 0; exit */
function callKfunc(id: number): ProbeProgram {
  const writer = new ByteWriter();
  writer.u32(0x2085).i32(id).u32(0xb7).u32(0).u32(0x95).u32(0);
  return { code: writer.finish(), license: 'GPL', attachType: XDP_ATTACH_TYPE.xdp };
}

describe.skipIf(!canAsk)(`Linux ${REFERENCE} with BTF (skipped without it, root and python3)`, () => {
  const btf = canAsk ? parseBtf(readFileSync(VMLINUX), 'vmlinux') : undefined;
  const tagged = btf === undefined ? [] : taggedFunctions(btf);
  const answers = canAsk ? probeKernel({ programs: tagged.map(({ id }) => callKfunc(id)) }).programs : [];
  const namesWhere = (claim: (log: string) => boolean) =>
    tagged.filter((_, at) => claim(answers[at]!.log)).map(({ name }) => name);

  it('lets XDP call the kfuncs of the table and no other', () => {
    const refused = /is not allowed|must be sleepable|__bpf_trap/;
    const configured = Object.keys(XDP_KFUNCS).filter(name => !(OPTIONAL_KFUNCS as readonly string[]).includes(name));
    expect(namesWhere(log => !refused.test(log))).toEqual(configured);
  });

  it('refuses the sleepable ones', () => {
    expect(namesWhere(log => log.includes('must be sleepable'))).toEqual(SLEEPABLE_KFUNCS);
  });

  it('refuses the metadata kfuncs to programs that are bound to no device', () => {
    expect(namesWhere(log => log.includes('require device-bound program'))).toEqual([...METADATA_KFUNCS].sort());
  });
});
