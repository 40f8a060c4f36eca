// The library's way to run without checks: only programs that `verify` accepted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCompiler, DEFAULT_ENGINE_OPTIONS, loadObject, verify } from '../../src/index.js';
import { KFUNCS } from '../../src/machine/kfuncs/table.js';
import type { VerifiedProgram } from '../../src/verifier/finding.js';
import { assembledObject } from '../support/assembled-object.js';

const PACKET = { bytes: new Uint8Array(64), timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };

describe('createCompiler({ verified })', () => {
  it('runs a verified program to the same result as a checked one', () => {
    const path = join(import.meta.dirname, '../programs/drop-udp-port.o');
    const object = loadObject(readFileSync(path), { fileName: 'drop-udp-port.o' });
    const [program] = object.programs;
    const verification = verify(object, program!);
    if (!verification.accepted) throw new Error(verification.message);
    const run = (compiler: ReturnType<typeof createCompiler>) =>
      compiler.open(object, DEFAULT_ENGINE_OPTIONS).run(program!.name, [PACKET])[0]?.returnValue;
    expect(run(createCompiler({ verified: [verification.program] }))).toBe(run(createCompiler()));
  });

  it('checks programs that are not among them', () => {
    const object = assembledObject({ main: 'r1 = *(u32 *)(r1 +0); r0 = *(u64 *)(r1 +4000); exit' });
    const [result] = createCompiler({ verified: [] }).open(object, DEFAULT_ENGINE_OPTIONS).run('main', [PACKET]);
    expect(result?.fault?.kind).toBe('access');
  });

  it('checks what reads through bpf_rdonly_cast all the same: the address may be any', () => {
    const cast = Object.keys(KFUNCS).indexOf('bpf_rdonly_cast');
    const main = `r1 = -4096; r2 = 0; call kfunc#${cast}; r0 = *(u32 *)(r0 +0); exit`;
    const object = assembledObject({ main });
    const verified = [{ program: object.programs[0]! } as unknown as VerifiedProgram];
    const [result] = createCompiler({ verified }).open(object, DEFAULT_ENGINE_OPTIONS).run('main', [PACKET]);
    expect(result?.fault?.kind).toBe('access');
  });
});
