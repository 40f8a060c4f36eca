// A real Linux as engine: the object goes to the kernel as it is, packets go through BPF_PROG_TEST_RUN, both by bpftool. Slow and exact:
// it is what the other engines are held to. The clock, random numbers and events are the kernel's own and are not seen here.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MapAccess } from '../../machine/map.js';
import type { ObjectSpec } from '../../object/spec.js';
import { XDP_SECTIONS } from '../../platform/sections.js';
import { InputError } from '../../support/errors.js';
import type { Engine, EngineOptions, Packet, Result, Session } from '../engine.js';
import { BPF_FILE_SYSTEM, Bpftool, kernelUnavailableReason } from './bpftool.js';
import { KernelMap } from './kernel-map.js';
import { hasOptionalPrograms, loadableCopy } from './loadable-copy.js';
import { loadByIndex, namesMapsByIndex } from './map-index.js';

export { kernelUnavailableReason } from './bpftool.js';

/** Test runs of one bpftool process. */
const BATCH_RUNS = 500;
const OUTPUT_ROOM_BYTES = 73_728;
const XDP_MD_BYTES = 24;

/** The kernel of this machine. `open` throws InputError `engine-unavailable` with the reason where it cannot be used. */
export function createKernelEngine(): Engine {
  return { name: 'kernel', open: (object, options) => openSession(object, options) };
}

function openSession(object: ObjectSpec, options: EngineOptions): Session {
  const reason = kernelUnavailableReason();
  if (reason !== undefined)
    throw new InputError('engine-unavailable', `the kernel engine cannot be used here: ${reason}`);
  if (options.objectBytes === undefined) {
    throw new InputError('engine-unavailable', 'the kernel engine needs the bytes of the object file');
  }
  const { objectBytes } = options;
  try {
    return load(object, loadableCopy(objectBytes, object, 'loaded'));
  } catch (error) {
    const hasOthers = object.programs.some(({ autoload }) => autoload);
    if (!(error instanceof InputError) || !hasOthers || !hasOptionalPrograms(object)) throw error;
    return load(object, loadableCopy(objectBytes, object, 'unseen'), error);
  }
}

/** `refused` says why programs that are loaded only when asked for are not among those of `bytes`. */
function load(object: ObjectSpec, bytes: Uint8Array, refused?: InputError): Session {
  const bpftool = new Bpftool();
  try {
    loadBytes(bpftool, object, bytes);
    return new KernelSession(bpftool, object, refused);
  } catch (error) {
    bpftool.close();
    throw error;
  }
}

/** What libbpf says of the sections that `loadableCopy` hides. */
const SKIPPED = /libbpf: elf: skipping .*\n/g;

function loadBytes(bpftool: Bpftool, object: ObjectSpec, bytes: Uint8Array): void {
  const file = bpftool.write(basename(object.fileName), bytes);
  if (namesMapsByIndex(object)) return loadByIndex(bpftool, object, file);
  const words = ['prog', 'loadall', file, join(bpftool.pins, 'programs')];
  if (needsForcedType(object)) words.push('type', 'xdp');
  const answer = bpftool.call([...words, 'pinmaps', mapPins(bpftool, object)]);
  if (!answer.ok)
    throw new InputError('program-load', `${object.fileName}: Linux: ${answer.error.replaceAll(SKIPPED, '')}`);
}

/** The folder in which maps are pinned. Where some are pinned by name it is the one that libbpf pins those in, since it pins none twice. */
function mapPins(bpftool: Bpftool, { maps }: ObjectSpec): string {
  return maps.some(({ pinning }) => pinning !== 'none') ? BPF_FILE_SYSTEM : join(bpftool.pins, 'maps');
}

/** Whether libbpf could not tell the type from some program's section. */
function needsForcedType(object: ObjectSpec): boolean {
  const known = new Set<string>(XDP_SECTIONS.map(section => section.name));
  return object.programs.some(({ section }) => !known.has(section.replace(/^\?/, '')));
}

class KernelSession implements Session {
  readonly maps: ReadonlyMap<string, MapAccess>;
  private readonly bpftool: Bpftool;
  private readonly object: ObjectSpec;
  /** Why programs that are loaded only when asked for are not there. */
  private readonly refused: InputError | undefined;

  constructor(bpftool: Bpftool, object: ObjectSpec, refused: InputError | undefined) {
    this.bpftool = bpftool;
    this.object = object;
    this.refused = refused;
    const pins = mapPins(bpftool, object);
    this.maps = new Map(object.maps.map(spec => [spec.name, new KernelMap(bpftool, pinOf(pins, spec.name), spec)]));
  }

  run(program: string, packets: readonly Packet[]): readonly Result[] {
    const spec = this.object.programs.find(({ name }) => name === program);
    if (spec === undefined) throw new InputError('program-unknown', `${this.object.fileName}: no program ${program}`);
    if (this.refused !== undefined && !spec.autoload) throw this.refused;
    const results: Result[] = [];
    for (const part of batches(packets)) results.push(...this.runBatch(program, part));
    return results;
  }

  close(): void {
    this.bpftool.close();
  }

  private runBatch(program: string, packets: readonly Packet[]): Result[] {
    const { bpftool } = this;
    const pin = join(bpftool.pins, 'programs', program);
    const lines = packets.map((packet, index) => {
      const input = bpftool.write(`in${index}`, packet.bytes);
      const context = bpftool.write(`context${index}`, contextIn(packet));
      const [output, contextOut] = [join(bpftool.folder, `out${index}`), join(bpftool.folder, `contextOut${index}`)];
      return `prog run pinned ${pin} data_in ${input} data_out ${output} data_size_out ${OUTPUT_ROOM_BYTES} ctx_in ${context} ctx_out ${contextOut} repeat 1`;
    });
    const outputs = bpftool.batch(lines, packets[0]!.cpu);
    return outputs.map((output, index) => this.result(output, index));
  }

  private result(output: unknown, index: number): Result {
    const { folder } = this.bpftool;
    const bytes = new Uint8Array(readFileSync(join(folder, `out${index}`)));
    const context = readFileSync(join(folder, `contextOut${index}`));
    const metadataBytes = context.readUInt32LE(0);
    return {
      returnValue: (output as { readonly retval: number }).retval,
      bytes: bytes.subarray(metadataBytes),
      metadata: bytes.subarray(0, metadataBytes),
      redirect: undefined,
      events: [],
      instructions: 0,
      fault: undefined,
    };
  }
}

/** `struct xdp_md` as BPF_PROG_TEST_RUN takes it: data is the metadata's length, data_end that of metadata and frame. */
function contextIn(packet: Packet): Uint8Array {
  const context = new DataView(new ArrayBuffer(XDP_MD_BYTES));
  context.setUint32(4, packet.bytes.byteLength, true);
  if (packet.ingressIfindex !== 1 || packet.queue !== 0) {
    context.setUint32(12, packet.ingressIfindex, true);
    context.setUint32(16, packet.queue, true);
  }
  return new Uint8Array(context.buffer);
}

/** Runs of packets on one CPU, no longer than a batch. */
function* batches(packets: readonly Packet[]): Generator<readonly Packet[]> {
  for (let start = 0; start < packets.length; ) {
    let end = start + 1;
    while (end < packets.length && end - start < BATCH_RUNS && packets[end]!.cpu === packets[start]!.cpu) end++;
    yield packets.slice(start, end);
    start = end;
  }
}

/** libbpf pins maps by name with dots replaced. */
function pinOf(folder: string, mapName: string): string {
  return join(folder, mapName.replaceAll('.', '_'));
}
