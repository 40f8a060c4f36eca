// The interpreter held to a real Linux: every program of test/programs over every capture, packet by packet and map by map.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Btf } from '../../src/btf/btf.js';
import { parseBtf } from '../../src/btf/parse.js';
import { parseElf } from '../../src/elf/parse.js';
import type { EngineOptions, Packet, Session } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { createKernelEngine, kernelUnavailableReason } from '../../src/engine/kernel/kernel.js';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { capturesIn, OWN_CAPTURES, packetsOf, REAL_CAPTURES } from '../support/captures.js';
import { differencesInMaps, differencesOnPackets } from '../support/compare-engines.js';
import { MAP_CONTENTS } from '../support/map-contents.js';

const PROGRAMS = join(import.meta.dirname, '../programs');
const KERNEL_BTF = '/sys/kernel/btf/vmlinux';

const reason = kernelUnavailableReason();
const captures = [...capturesIn(OWN_CAPTURES), ...capturesIn(REAL_CAPTURES)];
const objects = readdirSync(PROGRAMS).filter(name => name.endsWith('.o'));

/** Maps whose contents are the kernel's own - numbers of programs and maps, times of its clock, open perf events - or that bpftool cannot list. */
const NOT_COMPARED: Readonly<Record<string, readonly string[]>> = {
  'events.o': ['samples'],
  'tail-calls.o': ['stages'],
  'syn-limiter.o': ['sources'],
  'helper-zoo.o': ['arrays', 'hashes', 'queue', 'stack', 'counters'],
  // Linux shows user space its pointers in list heads, and runs work when it likes.
  'own-objects.o': ['.data.Q', '.data.T', '.data.B', 'jobs'],
};

/** The kernel's connections outlive a test, and its timers run by its own clock: tests of the machine ask about both. */
const NOT_RUN: readonly string[] = ['track', 'heartbeat'];

/** By program: the map in which it counts what Linux had no memory for at that moment, after which nothing is left to compare. */
const OUT_OF_MEMORY: Readonly<Record<string, string>> = {
  timers: 'no_memory',
  lists: 'no_memory',
  trees: 'no_memory',
  shared: 'no_memory',
  kept: 'no_memory',
};
const MAX_TRIES = 5;
/** Objects that look at nothing of a packet but its length modulo 32; they get so many packets of each. */
const BY_LENGTH: readonly string[] = ['value-fields.o', 'helper-zoo.o', 'edges.o'];
const PACKETS_OF_A_LENGTH = 3;

let kernelTypes: Btf | undefined;

/** CO-RE against the kernel's own types, as libbpf does it. */
function kernelBtf(): { readonly targetBtf: Btf } | undefined {
  if (!existsSync(KERNEL_BTF)) return undefined;
  kernelTypes ??= parseBtf(new Uint8Array(readFileSync(KERNEL_BTF)), 'vmlinux');
  return { targetBtf: kernelTypes };
}

/** The object's bytes; the SYN limiter's window becomes endless, since the kernel's clock is not ours to set. */
function objectBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(readFileSync(join(PROGRAMS, name)));
  if (name === 'syn-limiter.o') {
    const elf = parseElf(bytes, name);
    const symbol = elf.symbols.find(item => item.name === 'window_nanos')!;
    new DataView(bytes.buffer).setBigUint64(
      elf.sections[symbol.sectionIndex]!.fileOffset + symbol.value,
      1n << 62n,
      true,
    );
  }
  return bytes;
}

/** The packets that the object's programs run on, capture by capture. */
async function packetsFor(object: string): Promise<readonly (readonly [capture: string, packets: Packet[]])[]> {
  const all = await Promise.all(captures.map(async path => [basename(path), await packetsOf(path)] as const));
  if (!BY_LENGTH.includes(object)) return all;
  const seen = new Map<number, number>();
  return all.map(([capture, packets]) => {
    const isWanted = ({ bytes }: Packet) => {
      const length = bytes.byteLength % 32;
      seen.set(length, (seen.get(length) ?? 0) + 1);
      return seen.get(length)! <= PACKETS_OF_A_LENGTH;
    };
    return [capture, packets.filter(isWanted)] as const;
  });
}

/** Lines of difference; undefined where Linux had no memory for what the program asked of it. */
async function differences(
  object: ObjectSpec,
  program: string,
  bytes: Uint8Array,
  isFilled: boolean,
): Promise<string[] | undefined> {
  const traffic = await packetsFor(object.fileName);
  const options: EngineOptions = {
    cpuCount: availableParallelism(),
    seed: 1,
    instructionBudget: 1e7,
    hasReaders: false,
    objectBytes: bytes,
  };
  const [ours, kernel] = [createInterpreter().open(object, options), createKernelEngine().open(object, options)];
  try {
    if (isFilled) {
      const packets = traffic.flatMap(([, part]) => part);
      for (const session of [ours, kernel]) MAP_CONTENTS[object.fileName.replace('.o', '')]!(session, packets);
    }
    for (const [capture, packets] of traffic) {
      const found = differencesOnPackets(ours, kernel, program, packets);
      if (found.length > 0) return found.map(text => `${capture}: ${text}`);
    }
    if (hadNoMemory(kernel, program)) return undefined;
    return differencesInMaps(ours, kernel, NOT_COMPARED[object.fileName]);
  } finally {
    ours.close();
    kernel.close();
  }
}

function hadNoMemory(kernel: Session, program: string): boolean {
  const counter = OUT_OF_MEMORY[program];
  return (
    counter !== undefined &&
    kernel.maps
      .get(counter)!
      .entries()
      .some(({ values }) => values[0]!.some(byte => byte !== 0))
  );
}

describe.skipIf(reason !== undefined)(
  `interpreter and kernel agree${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    for (const name of objects) {
      const bytes = objectBytes(name);
      const object = loadObject(bytes, { fileName: name, ...kernelBtf() });
      const programs = object.programs
        .filter(({ attachPoint }) => attachPoint === 'xdp')
        .map(program => program.name)
        .filter(program => !NOT_RUN.includes(program));
      const fillings = name.replace('.o', '') in MAP_CONTENTS ? [false, true] : [false];
      const rows = programs.flatMap(program => fillings.map(isFilled => ({ program, isFilled })));
      it.for(rows)(
        `on every packet through ${name} $program, maps filled: $isFilled`,
        async ({ program, isFilled }, { skip }) => {
          let found = await differences(object, program, bytes, isFilled);
          for (let tries = 1; found === undefined && tries < MAX_TRIES; tries++)
            found = await differences(object, program, bytes, isFilled);
          if (found === undefined) skip(`Linux had no memory for it, ${MAX_TRIES} times`);
          expect(found).toEqual([]);
        },
      );
    }
  },
);
