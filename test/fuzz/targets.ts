// Programs of test/programs as targets of a fuzzer.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BtfValue } from '../../src/btf/value.js';
import { packetFromText } from '../../src/capture/packet-text.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { loadObject } from '../../src/object/load.js';
import type { CampaignOptions } from '../../src/testing/fuzz/campaign.js';
import type { FuzzTarget } from '../../src/testing/fuzz/input.js';
import { seedInputs } from '../../src/testing/fuzz/mutate.js';

export const PROGRAMS = resolve(import.meta.dirname, '../programs');

/** An object of test/programs; its first program unless told. */
export function targetOf(name: string, program?: string, globals: Readonly<Record<string, BtfValue>> = {}): FuzzTarget {
  const fileName = `${name}.o`;
  const object = loadObject(new Uint8Array(readFileSync(resolve(PROGRAMS, fileName))), { fileName, globals });
  const engineOptions = { ...DEFAULT_ENGINE_OPTIONS, instructionBudget: 1_000_000 };
  return { object, program: program ?? object.programs[0]!.name, engineOptions, prepare: () => undefined };
}

/** A campaign that begins with one SYN. */
export function fromOneSyn(target: FuzzTarget): CampaignOptions {
  const seeds = seedInputs([packetFromText('ipv4 198.51.100.7 > 192.0.2.1 / tcp 40000 > 80 SYN')]);
  return { target, invariants: [], seed: 1, fillsMaps: true, seeds };
}
