// Runs the cases of a spec, each with fresh maps.

import type { BtfValue } from '../../btf/value.js';
import type { Frame } from '../../capture/frame.js';
import { requireEthernet } from '../../capture/link-type.js';
import { type Engine, MAX_FRAME_BYTES, MIN_FRAME_BYTES } from '../../engine/engine.js';
import { Filter } from '../filter.js';
import { checkAfterwards, checkMissing, checkResult, StepCounters } from './check.js';
import type { CaseResult, Failure, SpecResult } from './failure.js';
import type { SpecNode } from './node.js';
import { shapedBytes } from './packets.js';
import type { PacketSource, TestCase, TestSpec, TestStep } from './spec.js';

/** What a spec needs from outside. Paths are as the spec has them, relative to its folder. */
export interface SpecSurroundings {
  readonly engine: Engine;
  /** The bytes of an object file. Throws InputError where it cannot be read. */
  readonly objectBytes: (path: string) => Uint8Array;
  /** Calls `visit` with every frame of a capture until it returns false. */
  readonly forEachFrame: (path: string, visit: (frame: Frame) => boolean) => Promise<void>;
}

/**
 * Runs all cases of a spec.
 * @throws InputError where the object or a capture cannot be read, or a map takes no such entry; the message has file, line and key
 */
export async function runSpec(spec: TestSpec, surroundings: SpecSurroundings): Promise<SpecResult> {
  const cases: CaseResult[] = [];
  for (const testCase of spec.cases) cases.push(await runCase(spec, testCase, surroundings));
  return { fileName: spec.fileName, cases };
}

async function runCase(spec: TestSpec, testCase: TestCase, surroundings: SpecSurroundings): Promise<CaseResult> {
  const filter = openFilter(spec, testCase, surroundings);
  try {
    fillMaps(testCase, filter);
    const failures: Failure[] = [];
    let packets = 0;
    for (const [at, step] of testCase.steps.entries()) {
      const ran = await runStep(step, filter, surroundings);
      packets += ran.packets;
      const prefix = testCase.steps.length > 1 ? `step ${at + 1}: ` : '';
      failures.push(...ran.failures.map(failed => ({ ...failed, what: `${prefix}${failed.what}` })));
    }
    return { name: testCase.name, place: testCase.node.place, packets, failures };
  } finally {
    filter.close();
  }
}

function openFilter(spec: TestSpec, testCase: TestCase, surroundings: SpecSurroundings): Filter {
  const { node, program, globals, cpus, seed, instructionBudget } = testCase;
  return node.during(
    () =>
      new Filter(surroundings.objectBytes(spec.object), {
        program,
        fileName: spec.object,
        globals: (globals?.value ?? {}) as Record<string, BtfValue>,
        engine: surroundings.engine,
        engineOptions: { cpuCount: cpus, seed, instructionBudget },
      }),
  );
}

function fillMaps(testCase: TestCase, filter: Filter): void {
  for (const { map, node, entries } of testCase.maps) {
    const target = node.during(() => filter.map(map));
    for (const entry of entries) entry.during(() => target.add(entry.value as Record<string, unknown>));
  }
}

interface StepResult {
  readonly packets: number;
  readonly failures: readonly Failure[];
}

async function runStep(step: TestStep, filter: Filter, surroundings: SpecSurroundings): Promise<StepResult> {
  const counters = new StepCounters();
  const isSingle = step.packets.kind === 'bytes' && step.repeat === 1;
  const failures: Failure[] = [];
  let nextNanos = step.atNanos;
  const give = (bytes: Uint8Array) => {
    const { queue, cpu, ingressIfindex, expect } = step;
    const time = nextNanos === undefined ? {} : { timestampNanos: nextNanos };
    const result = step.node.during(() => filter.run(bytes, { queue, cpu, ingressIfindex, ...time }));
    nextNanos = nextNanos !== undefined && step.everyNanos !== undefined ? nextNanos + step.everyNanos : undefined;
    counters.add(result);
    if (failures.length > 0) return;
    const found =
      expect.node === undefined && isSingle
        ? [checkMissing(step.node, result)]
        : checkResult(expect, step.node, bytes, result);
    failures.push(...(isSingle ? found : found.map(failed => ofPacket(failed, counters.get('packets')))));
  };
  for (let round = 0; round < step.repeat; round++) await forEachPacket(step.packets, surroundings, give);
  failures.push(...checkAfterwards(step.expect, counters, filter));
  return { packets: counters.get('packets'), failures };
}

/** Of several packets the first that fails is told, and nothing is updated. */
function ofPacket(failed: Failure, number: number): Failure {
  return { ...failed, what: `packet ${number}: ${failed.what}`, update: undefined };
}

async function forEachPacket(
  source: PacketSource,
  surroundings: SpecSurroundings,
  give: (bytes: Uint8Array) => void,
): Promise<void> {
  if (source.kind === 'bytes') return give(source.bytes);
  const { node, path, from, to, shape } = source;
  let number = 0;
  await within(node, () =>
    surroundings.forEachFrame(path, frame => {
      number++;
      if (number < from) return true;
      requireEthernet(frame, path);
      const bytes = shapedBytes(frame.bytes, shape);
      if (bytes.byteLength >= MIN_FRAME_BYTES && bytes.byteLength <= MAX_FRAME_BYTES) give(bytes);
      return number < to;
    }),
  );
  if (number < from) throw node.error(`${path} has ${number} packets, no packet ${from}`);
}

async function within(node: SpecNode, body: () => Promise<void>): Promise<void> {
  let thrown: { readonly error: unknown } | undefined;
  await body().catch((error: unknown) => {
    thrown = { error };
  });
  node.during(() => {
    if (thrown !== undefined) throw thrown.error;
  });
}
