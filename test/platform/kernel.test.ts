// The tables against the running kernel: what it lets XDP programs call, read and declare. Only Linux 6.18 is asked, since the tables are its.
import { describe, expect, it } from 'vitest';
import { contextFieldAt } from '../../src/platform/context.js';
import { errnoName } from '../../src/platform/errno.js';
import { helperName } from '../../src/platform/helper-names.js';
import type { ArgumentKind, HelperFacts } from '../../src/platform/helper-types.js';
import { XDP_HELPERS, xdpHelper } from '../../src/platform/helpers.js';
import { GPL_COMPATIBLE_LICENSES, isGplCompatible } from '../../src/platform/license.js';
import { type MapShape, mapCreateProblem } from '../../src/platform/map-create.js';
import { MAP_TYPES, type MapTypeFacts, mapTypeName } from '../../src/platform/map-types.js';
import { XDP_ATTACH_TYPE, type XdpAttachPoint } from '../../src/platform/sections.js';
import { ByteWriter } from '../../src/support/bytes.js';
import { kernelRelease, type ProbeProgram, probeKernel } from '../support/kernel-probe.js';
import { mapShapes, typicalShape } from './map-shapes.js';

const REFERENCE = '6.18';
const release = kernelRelease();

type Slot = readonly [opcode: number, registers: number, offset: number, immediate: number];

const EXIT: readonly Slot[] = [
  [0xb7, 0, 0, 0],
  [0x95, 0, 0, 0],
];
const call = (id: number): Slot => [0x85, 0, 0, id];

function program(slots: readonly Slot[], facts: Partial<ProbeProgram> = {}): ProbeProgram {
  const writer = new ByteWriter();
  for (const [opcode, registers, offset, immediate] of slots) {
    writer
      .u8(opcode)
      .u8(registers)
      .u16(offset & 0xffff)
      .i32(immediate);
  }
  return { code: writer.finish(), license: 'GPL', attachType: XDP_ATTACH_TYPE.xdp, ...facts };
}

const load = (programs: readonly ProbeProgram[]) => probeKernel({ programs }).programs;
const helpers: readonly (readonly [string, HelperFacts])[] = Object.entries(XDP_HELPERS);

describe.skipIf(release !== REFERENCE)(`Linux ${REFERENCE} (skipped without it, root and python3)`, () => {
  it('lets XDP call the helpers of the table and no other, under these names', () => {
    const ids = Array.from({ length: 211 }, (_, at) => at + 1);
    const answers = load(ids.map(id => program([call(id), ...EXIT])));
    const told = ids.map((id, at) => /cannot use helper (.*)/.exec(answers[at]!.log)?.[1] ?? `${id} may be called`);
    const expected = ids.map(id => (xdpHelper(id) ? `${id} may be called` : `bpf_${helperName(id)}#${id}`));
    expect(told).toEqual(expected);
  });

  it('knows no helper after 211', () => {
    expect(load([program([call(212), ...EXIT])])[0]!.log).toContain('invalid func unknown#212');
  });

  it('keeps the GPL-only helpers from programs under another licence', () => {
    const answers = load(helpers.map(([, { id }]) => program([call(id), ...EXIT], { license: 'MIT' })));
    const kept = helpers.filter((_, at) => answers[at]!.log.includes('cannot call GPL-restricted function'));
    expect(kept.map(([name]) => name)).toEqual(helpers.filter(([, { gplOnly }]) => gplOnly).map(([name]) => name));
  });

  it('refuses helpers that might sleep', () => {
    const answers = load(helpers.map(([, { id }]) => program([call(id), ...EXIT])));
    const refused = helpers.filter((_, at) => answers[at]!.log.includes('might sleep'));
    expect(refused.map(([name]) => name)).toEqual(helpers.filter(([, item]) => item.mightSleep).map(([name]) => name));
  });

  it('expects of the first argument what the table says', () => {
    const answers = load(helpers.map(([, { id }]) => program([call(id), ...EXIT])));
    helpers.forEach(([name, { arguments: args, mightSleep }], at) => {
      const pattern = args[0] === undefined || mightSleep ? undefined : FIRST_ARGUMENT[args[0].kind];
      if (pattern !== undefined) expect(`${name}: ${answers[at]!.log}`).toMatch(pattern);
    });
  });

  it('takes packet pointers where the table says so', () => {
    const asked = helpers.filter(([name]) => name in PACKET_CALLS);
    const answers = load(asked.map(([name, { id }]) => program(packetCall(PACKET_CALLS[name]!, id))));
    const refused = answers.map(({ log }) => log.includes('helper access to the packet is not allowed'));
    expect(asked.map(([name], at) => `${name}: ${refused[at]}`)).toEqual(
      asked.map(([name, { packetAccess }]) => `${name}: ${!packetAccess}`),
    );
  });

  it('takes the GPL-compatible licences and no others', () => {
    const licenses = [...GPL_COMPATIBLE_LICENSES, 'gpl', 'GPLv2', 'GPL v3', 'BSD', 'MIT', 'GPL ', 'Apache-2.0', ''];
    const answers = load(licenses.map(license => program([call(35), ...EXIT], { license })));
    expect(licenses.filter((_, at) => answers[at]!.errno === 0)).toEqual(licenses.filter(isGplCompatible));
  });

  it('lets programs read of the context what the table says, at every offset, size and attach point', () => {
    const loads = contextLoads();
    const answers = load(
      loads.map(item =>
        program([[item.opcode, 0x10, item.offsetBytes, 0], ...EXIT], { attachType: XDP_ATTACH_TYPE[item.attachPoint] }),
      ),
    );
    const taken = loads.filter((_, at) => answers[at]!.errno === 0);
    expect(taken).toEqual(loads.filter(item => contextFieldAt(item) !== undefined));
  });

  it('creates exactly the maps that the rules allow (every size, count and flag on its own)', () => {
    const shapes = mapShapes();
    const { maps } = probeKernel({ maps: shapes });
    const told = shapes.map((shape, at) => `${describeMap(shape)}: ${errnoName(maps[at]!) ?? 'ok'}`);
    const maxCpus = NR_CPUS_OF_CPUMAPS;
    const expected = shapes.map(shape => `${describeMap(shape)}: ${mapCreateProblem(shape, maxCpus)?.errno ?? 'ok'}`);
    expect(told.filter((text, at) => text !== expected[at])).toEqual([]);
  });

  it('gives each map type to the helpers of the table and to no other', () => {
    const types = Object.values(MAP_TYPES as Readonly<Record<string, MapTypeFacts>>).filter(isCreatable);
    const pairs = types.flatMap((type, map) => mapHelpers.map(([name, facts]) => ({ type, map, name, facts })));
    const { programs } = probeKernel({
      programMaps: types.map(({ id }) => typicalShape(id)),
      programs: pairs.map(({ facts, map }) => mapCall(facts, map)),
    });
    const accepted = pairs.filter(({ name, type }, at) => isAccepted(programs[at]!, name, type));
    expect(accepted.map(pairName)).toEqual(
      pairs.filter(({ name, type }) => type.helpers.some(known => known === name)).map(pairName),
    );
  });
});

/** What the log says when the context is the first argument and the others are missing. */
const FIRST_ARGUMENT: Partial<Record<ArgumentKind['kind'], RegExp>> = {
  map: /R1 type=ctx expected=map_ptr/,
  memory: /R1 type=ctx expected=fp|R2 !read_ok/,
  fixedMemory: /R1 type=ctx expected=fp/,
  spinLock: /R1 type=ctx expected=map_value, ptr_/,
  timer: /R1 type=ctx expected=map_value/,
  dynptr: /R1 type=ctx expected=fp, dynptr_ptr/,
  socketObject: /R1 type=ctx expected=sock_common, sock, tcp_sock, xdp_sock, ptr_/,
  socketCommon: /R1 type=ctx expected=sock_common, sock, tcp_sock, xdp_sock/,
  ringbufMemory: /R1 type=ctx expected=ringbuf_mem/,
  perCpuObject: /R1 type=ctx expected=percpu_ptr_/,
  kptrDestination: /R1 type=ctx expected=map_value/,
};

/** Where a packet pointer goes, and the immediates (or `context`) of the other registers. */
type PacketCall = readonly ('packet' | 'context' | 'stack' | number)[];

const PACKET_CALLS: Readonly<Record<string, PacketCall>> = {
  csum_diff: ['packet', 8, 'packet', 8, 0],
  sk_lookup_tcp: ['context', 'packet', 12, -1, 0],
  tcp_raw_check_syncookie_ipv4: ['packet', 'packet'],
  strtol: ['packet', 8, 0, 'stack'],
  trace_printk: ['packet', 8],
  fib_lookup: ['context', 'packet', 64, 0],
  xdp_load_bytes: ['context', 0, 'packet', 8],
  xdp_store_bytes: ['context', 0, 'packet', 8],
  get_current_comm: ['packet', 16],
  probe_read_kernel: ['packet', 8, 0],
};

/** Proves 64 packet bytes in r7, fills the registers, calls. */
function packetCall(values: PacketCall, id: number): Slot[] {
  const fill = values.flatMap((value, at): Slot[] => {
    const register = at + 1;
    if (value === 'packet') return [[0xbf, 0x70 | register, 0, 0]];
    if (value === 'context') return [[0xbf, 0x60 | register, 0, 0]];
    return value === 'stack' ? stackPointer(register) : [[0xb7, register, 0, value]];
  });
  return [
    [0xbf, 0x16, 0, 0],
    [0x61, 0x17, 0, 0],
    [0x61, 0x18, 4, 0],
    [0xbf, 0x79, 0, 0],
    [0x07, 9, 0, 64],
    [0x2d, 0x89, fill.length + 1, 0],
    ...fill,
    call(id),
    ...EXIT,
  ];
}

const STACK_BYTES = 64;

function stackPointer(register: number): Slot[] {
  return [
    [0xbf, 0xa0 | register, 0, 0],
    [0x07, register, 0, -STACK_BYTES],
  ];
}

const LOAD_SIZES = [
  { sizeBytes: 1, opcode: 0x71, signed: 0x91 },
  { sizeBytes: 2, opcode: 0x69, signed: 0x89 },
  { sizeBytes: 4, opcode: 0x61, signed: 0x81 },
  { sizeBytes: 8, opcode: 0x79, signed: undefined },
] as const;

function contextLoads() {
  const points: readonly XdpAttachPoint[] = ['xdp', 'xdp/devmap', 'xdp/cpumap'];
  const offsets = Array.from({ length: 26 }, (_, at) => at);
  return points.flatMap(attachPoint =>
    offsets.flatMap(offsetBytes =>
      LOAD_SIZES.flatMap(({ sizeBytes, opcode, signed }) => {
        const item = { attachPoint, offsetBytes, sizeBytes };
        const plain = { ...item, opcode: opcode as number, isSigned: false };
        return signed === undefined ? [plain] : [plain, { ...item, opcode: signed as number, isSigned: true }];
      }),
    ),
  );
}

/** The shapes ask for at most 64 CPUs or more than any kernel has. */
const NR_CPUS_OF_CPUMAPS = 8192;

/** Helpers that take a map and no callback, timer or dynptr of another helper. */
const mapHelpers = helpers.filter(
  ([, { arguments: args }]) =>
    args.some(({ kind }) => kind === 'map') && !args.some(({ kind }) => kind === 'callback' || kind === 'timer'),
);

/** Local storages and struct_ops need BTF, arenas an address. */
function isCreatable({ id, create }: MapTypeFacts): boolean {
  return mapCreateProblem(typicalShape(id)) === undefined && create.extra !== 'address';
}

/** A call with arguments of the right kinds; the map is the one at index `map`. */
function mapCall({ id, arguments: args }: HelperFacts, map: number): ProbeProgram {
  const clear = Array.from({ length: STACK_BYTES / 8 }, (_, at): Slot => [0x7a, 10, -8 * (at + 1), 0]);
  const slots: Slot[] = [[0xbf, 0x16, 0, 0], ...clear];
  const maps: [number, number][] = [];
  args.forEach((argument, at) => {
    if (argument.kind === 'map') maps.push([slots.length, map]);
    slots.push(...argumentSlots(argument, at + 1));
  });
  slots.push(call(id), ...cleanUp(id), ...EXIT);
  return program(slots, { maps });
}

function argumentSlots(argument: ArgumentKind, register: number): Slot[] {
  switch (argument.kind) {
    case 'map':
      return [
        [0x18, 0x10 | register, 0, 0],
        [0, 0, 0, 0],
      ];
    case 'context':
      return [[0xbf, 0x60 | register, 0, 0]];
    case 'mapKey':
    case 'mapValue':
    case 'memory':
    case 'dynptr':
      return stackPointer(register);
    case 'size':
      return [[0xb7, register, 0, 24]];
    case 'allocationSize':
      return [[0xb7, register, 0, 8]];
    default:
      return [[0xb7, register, 0, 0]];
  }
}

/** Gives back what a call reserved. */
function cleanUp(id: number): Slot[] {
  if (id === XDP_HELPERS.ringbuf_reserve.id) {
    return [[0x15, 0, 3, 0], [0xbf, 0x01, 0, 0], [0xb7, 2, 0, 0], call(XDP_HELPERS.ringbuf_discard.id)];
  }
  if (id !== XDP_HELPERS.ringbuf_reserve_dynptr.id) return [];
  return [...stackPointer(1), [0xb7, 2, 0, 0], call(XDP_HELPERS.ringbuf_discard_dynptr.id)];
}

/** Accepted, or refused for what the map holds: sockets cannot be updated from bytes, and a looked-up one must be released. */
function isAccepted(answer: { errno: number; log: string }, name: string, type: MapTypeFacts): boolean {
  if (answer.errno === 0) return true;
  if (![MAP_TYPES.sockmap.id, MAP_TYPES.sockhash.id].includes(type.id as never)) return false;
  if (name === 'map_lookup_elem') return answer.log.includes('reference leak');
  return name === 'map_update_elem' && answer.log.includes('R3 type=fp expected=sock_common');
}

function pairName({ type, name }: { type: MapTypeFacts; name: string }): string {
  return `${mapTypeName(type.id)} ${name}`;
}

function describeMap(map: MapShape): string {
  const inner = map.inner === undefined ? '' : ` of ${mapTypeName(map.inner.type)}`;
  const sizes = `key ${map.keySizeBytes} value ${map.valueSizeBytes} entries ${map.maxEntries}`;
  return `${mapTypeName(map.type)}${inner}: ${sizes} flags ${map.flags} extra ${map.extra ?? 0n}`;
}
