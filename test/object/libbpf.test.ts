// Loading gives what libbpf gives: same maps, same programs, same instructions after linking.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseBtf } from '../../src/btf/parse.js';
import { loadObject } from '../../src/object/load.js';
import { readTargetBtf } from '../../src/object/target-btf.js';
import { InputError } from '../../src/support/errors.js';
import { readObject, systemObjects, testObjects } from '../support/system-objects.js';
import { canUseBpf } from '../support/tools.js';
import { buildOracle, differences } from './oracle/libbpf.js';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
const oracle = canUseBpf() && existsSync(KERNEL_BTF) ? buildOracle() : undefined;
const kernel = oracle === undefined ? undefined : parseBtf(new Uint8Array(readFileSync(KERNEL_BTF)), 'vmlinux');
const folder = resolve(import.meta.dirname, 'objects');
/** libbpf 1.1, which the oracle may be, does not know what they use. */
const NEWER_THAN_LIBBPF_1_1 = ['throws.o'];
const ownObjects = readdirSync(folder)
  .filter(name => name.endsWith('.o') && !NEWER_THAN_LIBBPF_1_1.includes(name))
  .map(name => join(folder, name));

afterAll(() => oracle?.dispose());

describe.skipIf(oracle === undefined)('against libbpf (needs gcc, libbpf headers, root and kernel BTF)', () => {
  for (const path of [...testObjects, ...systemObjects, ...ownObjects]) {
    const { name, bytes } = readObject(path);

    it(`makes of ${name} what libbpf makes for this kernel`, () => {
      const answer = oracle!.ask(path);
      const load = () => loadObject(bytes, { fileName: name, targetBtf: kernel! });
      if (answer.opened) expect(differences(load(), answer)).toEqual([]);
      else expect(load).toThrow(InputError);
    });
  }

  it('adapts core.o to the types of another object as libbpf does', () => {
    const path = join(folder, 'core.o');
    const target = join(folder, 'maps.o');
    const targetBtf = readTargetBtf(new Uint8Array(readFileSync(target)), 'maps.o');
    const spec = loadObject(readObject(path).bytes, { fileName: 'core.o', targetBtf });
    expect(differences(spec, oracle!.ask(path, target))).toEqual([]);
  });
});
