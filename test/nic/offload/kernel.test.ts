// What the models veth and generic-skb say of loading and attaching is what this kernel says of a veth pair and of an interface without ndo_bpf.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Btf } from '../../../src/btf/btf.js';
import { parseBtf } from '../../../src/btf/parse.js';
import type { Mode } from '../../../src/nic/model.js';
import { checkPrepared, prepareCheck, prepareVerified } from '../../../src/nic/offload/check.js';
import type { Reason } from '../../../src/nic/offload/reason.js';
import type { ObjectSpec } from '../../../src/object/spec.js';
import { ERRNO } from '../../../src/platform/errno.js';
import { METADATA_KFUNCS } from '../../../src/platform/kfuncs.js';
import { toHex } from '../../../src/support/bytes.js';
import { type AttachAnswer, type AttachProgram, type AttachQuestion, askAttach } from '../../support/kernel-attach.js';
import { type NetworkNamespace, namespaceUnavailableReason, openNamespace } from '../../support/network-namespace.js';
import { modelNamed } from '../../support/nic-models.js';
import { offloadObject, type TestProgram } from '../../support/offload-object.js';
import { findTool } from '../../support/tools.js';
import { METADATA, PASS } from './cases/build.js';

const FRAGMENTS: TestProgram = { ...PASS, hasFragments: true };
const DEVMAP: TestProgram = { ...PASS, attachPoint: 'xdp/devmap' };
const CPUMAP: TestProgram = { ...PASS, attachPoint: 'xdp/cpumap' };
const BOUND: TestProgram = { code: METADATA };
const BOUND_FRAGMENTS: TestProgram = { code: METADATA, hasFragments: true };
/** The call is there and no path leads to it. */
const BOUND_DEAD: TestProgram = { code: `r2 = 0; if r2 == 0 goto out; ${METADATA.replace('r0 = 2', 'out: r0 = 2')}` };
const REFUSED: TestProgram = { code: 'r0 = r3; exit' };

interface Row {
  readonly nic: 'veth' | 'generic-skb';
  readonly program: TestProgram;
  readonly name: string;
  readonly mode: Mode;
  readonly mtu: number;
  readonly attached?: Mode;
}

const named = { PASS, FRAGMENTS, DEVMAP, CPUMAP, BOUND, BOUND_FRAGMENTS, BOUND_DEAD, REFUSED };
const rows: readonly Row[] = [
  ...(['veth', 'generic-skb'] as const).flatMap(nic =>
    (['native', 'generic', 'hw'] as const).flatMap(mode =>
      Object.entries(named).map(([name, program]) => ({ nic, program, name, mode, mtu: 1500 })),
    ),
  ),
  ...[3506, 3507, 9000, 65535].flatMap(mtu =>
    (['PASS', 'FRAGMENTS', 'BOUND', 'BOUND_FRAGMENTS'] as const).flatMap(name =>
      (['native', 'generic'] as const).map(mode => ({ nic: 'veth' as const, program: named[name], name, mode, mtu })),
    ),
  ),
  ...(['native', 'generic'] as const).flatMap(attached =>
    (['native', 'generic', 'hw'] as const).map(mode => ({
      nic: 'veth' as const,
      program: PASS,
      name: 'PASS',
      mode,
      mtu: 1500,
      attached,
    })),
  ),
];

const title = ({ nic, name, mode, mtu, attached }: Row) =>
  `${nic}, ${mode}, MTU ${mtu}: ${name}${attached === undefined ? '' : `, ${attached} there`}`;

/** What the model says first. */
function predicted({ nic, program, mode, mtu, attached }: Row): Reason | undefined {
  const object = offloadObject(program);
  const prepared = prepareVerified(prepareCheck(object, object.programs[0]!));
  const options = { mtuBytes: mtu, attached: attached === undefined ? [] : [attached] };
  return checkPrepared(prepared, modelNamed(nic), mode, options).reasons[0];
}

const ATTACH_TYPES: Readonly<Record<string, number>> = { xdp: 37, 'xdp/devmap': 33, 'xdp/cpumap': 35 };
const [DEV_BOUND_ONLY, HAS_FRAGMENTS] = [1 << 6, 1 << 5];
const INTERFACES = { veth: 'v0', 'generic-skb': 'lo' } as const;

const reason = namespaceUnavailableReason() ?? (findTool('python3') === undefined ? 'needs python3' : undefined);

describe.skipIf(reason !== undefined)(
  `attaching as this kernel does${reason === undefined ? '' : `: ${reason}`}`,
  () => {
    let space: NetworkNamespace | undefined;
    let kernelTypes: Btf;
    let answers: readonly AttachAnswer[];
    beforeAll(() => {
      space = openNamespace(`xdpsim-attach-${process.pid}`, [
        'link add v0 type veth peer name v1',
        'link set v0 up',
        'link set v1 up',
      ]);
      kernelTypes = parseBtf(new Uint8Array(readFileSync('/sys/kernel/btf/vmlinux')), 'vmlinux');
      answers = askAttach(space, programOf(PASS, 'native'), rows.map(questionOf));
    });
    afterAll(() => space?.close());

    function questionOf({ nic, program, mode, mtu, attached }: Row): AttachQuestion {
      return {
        interface: INTERFACES[nic],
        program: programOf(program, mode),
        mode,
        mtu,
        mtuOf: nic === 'veth' ? ['v0', 'v1'] : [],
        ...(attached !== undefined && { attached }),
      };
    }

    /** As a loader loads a program for a mode: for the device where it calls metadata kfuncs or is to be offloaded. */
    function programOf(test: TestProgram, mode: Mode): AttachProgram {
      const object = offloadObject(test);
      const [spec] = object.programs;
      const isBound = usesMetadata(object) || mode === 'hw';
      const flags = (isBound && mode !== 'hw' ? DEV_BOUND_ONLY : 0) | (test.hasFragments === true ? HAS_FRAGMENTS : 0);
      return { code: toHex(linked(object)), attachType: ATTACH_TYPES[spec!.attachPoint]!, flags, isBound };
    }

    /** The code with the kernel's ids of kernel functions. */
    function linked({ programs: [spec] }: ObjectSpec): Uint8Array {
      const code = spec!.code.slice();
      for (const [slot, reference] of spec!.references) {
        if (reference.kind !== 'kfunc') continue;
        const id = kernelTypes.typesByName(reference.name).find(({ kind }) => kind === 'func')?.id ?? 0;
        new DataView(code.buffer).setUint32(slot * 8 + 4, id, true);
      }
      return code;
    }

    it.each(rows.map((row, at) => [title(row), row, at] as const))('%s', (_title, row, at) => {
      const answer = answers[at]!;
      const first = predicted(row);
      expect(
        answer.errno === 0 ? undefined : Object.entries(ERRNO).find(([, code]) => code === -answer.errno)?.[0],
      ).toBe(first?.errno);
      if (first === undefined) return;
      expect(answer.phase).toBe(first.phase === 'attach' ? 'attach' : 'load');
      if (first.log === 'extack') expect(answer.message).toBe(first.message);
      if (first.log === 'verifier') expect(answer.message).toContain(first.message);
      if (first.log === 'silent') expect(answer.message).toBe('');
    });
  },
);

function usesMetadata({ programs: [spec] }: ObjectSpec): boolean {
  const names: readonly string[] = METADATA_KFUNCS;
  return [...(spec?.references.values() ?? [])].some(item => item.kind === 'kfunc' && names.includes(item.name));
}
