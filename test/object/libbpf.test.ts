// Loading gives what libbpf gives: same maps, same programs, same instructions after linking.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { parseBtf } from '../../src/btf/parse.js';
import { loadObject } from '../../src/object/load.js';
import { readObject, systemObjects, testObjects } from '../support/system-objects.js';
import { canUseBpf } from '../support/tools.js';
import { buildOracle, differences } from './oracle/libbpf.js';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
const canAsk = canUseBpf() && existsSync(KERNEL_BTF);
const oracle = canAsk ? buildOracle() : undefined;
const kernel = oracle === undefined ? undefined : parseBtf(new Uint8Array(readFileSync(KERNEL_BTF)), 'vmlinux');

afterAll(() => oracle?.dispose());

describe.skipIf(oracle === undefined)('against libbpf (needs gcc, libbpf headers, root and kernel BTF)', () => {
  for (const path of [...testObjects, ...systemObjects]) {
    const { name, bytes } = readObject(path);
    it(`makes of ${name} what libbpf makes for this kernel`, () => {
      const answer = oracle!.ask(path);
      expect(answer.opened).toBe(true);
      const spec = loadObject(bytes, { fileName: name, targetBtf: kernel! });
      expect(differences(spec, answer)).toEqual([]);
    });
  }
});
