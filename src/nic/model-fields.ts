// What a NIC model can say: every section and figure once, with what it means. The TypeScript type, the reader, the published JSON Schema,
// the table in nic-models/README.md and `xdpsim nics` are all made from this table.

import { XDP_MD } from '../platform/context.js';
import { HELPER_NAMES } from '../platform/helper-names.js';
import { METADATA_KFUNCS } from '../platform/kfuncs.js';
import { MAP_TYPES } from '../platform/map-types.js';
import { RULES } from './offload/rules.js';

/** A rule's words: how the kernel or the driver puts a refusal, which error it answers, and where the words appear. */
export interface RuleWords {
  /** `{name}` stands for a value of the case at hand. */
  readonly text: string;
  /** `EINVAL` ...; absent where no system call fails. */
  readonly errno?: string;
  /** `verifier`: the log of BPF_PROG_LOAD; `extack`: netlink; `kernel`: the kernel log; `silent`: user space sees the error alone. */
  readonly log: RuleLog;
}

/** Where a refusal's words appear. */
export type RuleLog = (typeof RULE_LOGS)[number];

/** All of them. */
export const RULE_LOGS = ['verifier', 'extack', 'kernel', 'silent'] as const;

/** One figure: its kind and what it means. The unit is part of the figure's name. */
export type Field =
  | { readonly kind: 'count' | 'number' | 'flag' | 'text' | 'words'; readonly about: string; readonly required?: true }
  | { readonly kind: 'choice'; readonly about: string; readonly choices: readonly string[]; readonly required?: true }
  | {
      readonly kind: 'names';
      readonly about: string;
      readonly choices: readonly string[];
      /** Name of a long list of choices. */
      readonly list?: string;
      readonly required?: true;
    };

/** A group of figures. `named`: the section holds several such groups, each under a name of its own. */
export interface Section {
  readonly about: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly named?: true;
  /** Figures all of this kind, with these names, which a dot and a case may follow; `fields` is empty then. */
  readonly open?: Field;
  readonly names?: readonly string[];
}

/** How a program gets to run. */
export const MODES = ['hw', 'native', 'generic'] as const;

/** Mode of attaching: in the card, in the driver, or in the network stack. */
export type Mode = (typeof MODES)[number];

/** Operations that a card may lack although it implements their conformance group. */
export const ISA_EXCEPTIONS = [
  'div',
  'mod',
  'sdiv',
  'smod',
  'mul',
  'movsx',
  'memsx',
  'bswap',
  'to-le',
  'gotol',
  'may-goto',
  'atomic-add',
  'atomic-or',
  'atomic-and',
  'atomic-xor',
  'atomic-exchange',
  'atomic-fetch',
  'acquire-release',
  'address-space-cast',
  'indirect',
  'kfunc-call',
  'tail-call',
  'local-call',
  'function-address',
] as const;

const count = (about: string) => ({ kind: 'count', about }) as const;
const number = (about: string) => ({ kind: 'number', about }) as const;
const flag = (about: string) => ({ kind: 'flag', about }) as const;
const text = (about: string) => ({ kind: 'text', about }) as const;
/** What figures may name, beyond a few choices of their own. */
const LISTS = {
  helpers: HELPER_NAMES.slice(1) as readonly string[],
  fields: XDP_MD.map(({ name }) => name) as readonly string[],
  mapTypes: Object.keys(MAP_TYPES) as readonly string[],
  kfuncs: METADATA_KFUNCS as readonly string[],
};
const namesOf = (list: keyof typeof LISTS, about: string) =>
  ({ kind: 'names', about, choices: LISTS[list], list }) as const;
const cycles = (what: string) => number(`core cycles of ${what}`);
const natives = (what: string) => number(`the card's instructions for ${what}`);

/** What drivers count. */
const COUNTERS = {
  received: text('frames received from the wire, or in a queue; without those of lengths that the card does not take'),
  receivedBytes: text('their bytes'),
  portBytes: text('their bytes at the port, with frame check sequence and padding'),
  delivered: text('frames that came into host memory, whatever a program there did with them'),
  deliveredBytes: text('their bytes'),
  macDrop: text('lost in the card, since the host or the engine was too slow'),
  oversize: text('longer than the card takes'),
  ringDrop: text('lost for want of a receive descriptor'),
  vlanStripped: text('frames that pass, with a VLAN tag taken out of them'),
  checksumGood: text('frames that pass, with checksums that the card found right'),
  checksumBad: text('frames that pass, with a checksum that it found wrong'),
  aborted: text('XDP_ABORTED'),
  drop: text('XDP_DROP'),
  pass: text('XDP_PASS'),
  passBytes: text('their bytes'),
  transmit: text('XDP_TX'),
  sent: text('XDP_TX for which the transmit ring had room'),
  redirect: text('XDP_REDIRECT'),
  invalid: text('any other return value'),
  transmitFull: text('lost since the transmit ring was full'),
  redirectFull: text('lost since the ring of the redirect target was full'),
} as const;

/** Sections and their figures, in the order in which they are shown. */
export const MODEL_SECTIONS = {
  modes: {
    about: 'How a program can be attached to this card.',
    fields: {
      supported: { kind: 'names', about: 'modes that work, the usual one first', choices: MODES, required: true },
    },
  },
  driver: {
    about: 'What Linux knows of the card.',
    fields: {
      name: text('the driver'),
      isLinux: flag('the card is reached through the Linux kernel; otherwise by a toolchain of its own'),
      registersOffload: flag('the driver registers an offload device, so that BPF_PROG_LOAD takes its prog_ifindex'),
      hasNdoBpf: flag('the driver has ndo_bpf, so that XDP can be given to it at all'),
      needsLittleEndian: flag('it offloads programs in little-endian hosts alone'),
      replacesLive: flag('an offloaded program can be replaced while it is attached'),
    },
  },
  link: {
    about: 'The wire.',
    fields: {
      speedGbps: number('line rate of one port'),
      ports: count('ports of the card'),
      preambleAndGapBytes: count('bytes between frames: preamble, start of frame and gap'),
      frameCheckBytes: count('frame check sequence, on the wire but not in a capture'),
    },
  },
  mac: {
    about: 'Receiving, before anything looks at the frame.',
    fields: {
      capPps: number('frames per second that the card can receive'),
      unshapedCapPps: number('the same where senders do not pace their frames'),
      fifoBytes: count('buffer of the receiving side'),
    },
  },
  frame: {
    about: 'Frames outside these lengths (without frame check sequence) are dropped before they reach a program.',
    fields: {
      minimumLengthBytes: { kind: 'count', about: 'shortest frame', required: true },
      maximumLengthBytes: { kind: 'count', about: 'longest frame', required: true },
    },
  },
  context: {
    about: 'What struct xdp_md says of frames that come in here.',
    fields: {
      ingressIfindex: { kind: 'count', about: 'interface number', required: true },
      receiveQueueIndex: { kind: 'count', about: 'receive queue where nothing spreads the frames', required: true },
      cpu: { kind: 'count', about: 'CPU that serves this queue', required: true },
    },
  },
  receive: {
    about: 'What the card does with a frame before a program on the host sees it.',
    fields: {
      vlanStripping: flag('takes the outer VLAN tag out of the frame, as the driver sets it up'),
      checksum: flag('checks the checksums of IPv4, TCP and UDP'),
    },
  },
  rss: {
    about: 'How frames are spread over receive queues.',
    fields: {
      hash: { kind: 'choice', about: 'the hash function', choices: ['toeplitz', 'crc32', 'none'] },
      keyBytes: count('length of the key'),
      indirectionEntries: count('entries of the indirection table'),
      isAfterProgram: flag('an offloaded program runs before the frame is spread'),
    },
  },
  rings: {
    about: 'Receive and transmit rings in host memory.',
    fields: {
      receiveQueues: count('receive queues'),
      receiveDescriptors: count('descriptors of one receive ring'),
      maximumReceiveDescriptors: count('most that a receive ring can be given'),
      transmitDescriptors: count('descriptors of one transmit ring'),
      bulkPackets: count('frames of one redirect or XDP_TX bulk'),
    },
  },
  pcie: {
    about: 'The way to host memory.',
    fields: {
      capPps: number('frames per second that can be delivered'),
      compressedCapPps: number('the same with completion compression'),
      bytesPerSecond: number('bytes per second'),
    },
  },
  interrupts: {
    about: 'When the host is told.',
    fields: {
      moderationMicroseconds: number('longest wait before an interrupt'),
      moderationFrames: count('frames before an interrupt'),
      napiBudgetPackets: count('frames of one NAPI poll'),
      interruptNanos: number('time of an interrupt on its core, until the driver polls and back'),
    },
  },
  engine: {
    about: 'What executes an offloaded program.',
    fields: {
      kind: { kind: 'choice', about: 'kind of processor', choices: ['npu', 'vliw', 'softcpu'] },
      cores: count('cores that run the program'),
      threadsPerCore: count('threads in use on a core'),
      hardwareThreadsPerCore: count('threads that a core has'),
      clockHz: number('clock of a core'),
      overheadCycles: number('core cycles per frame outside the program'),
      lanes: count('instructions issued together'),
      pipelineStages: count('stages of the pipeline'),
      fixedCycles: number('cycles per frame beside the executed rows'),
      lateExitCycles: number('cycles added where the verdict is not an immediate one'),
      redirectCycles: number('cycles that a redirect takes beyond a transmit'),
      frameBusBytesPerCycle: number('bytes of a frame moved in a cycle'),
      mapKeyBytesPerCycle: number('longest key that a map access takes in one cycle'),
      minimumLatencyNanos: number('latency of the shortest frame'),
      maximumLatencyNanos: number('latency of a 1514-byte frame'),
      overloadCapPps: number('throughput under unshaped overload, where it collapses'),
      overloadFromPps: number('programs whose limit lies from here ...'),
      overloadToPps: number('... to here collapse so'),
    },
  },
  cycles: {
    about: 'Core cycles by kind of instruction; of the card, or of the BPF instruction where the card runs those.',
    fields: {
      instruction: cycles('any instruction without a figure of its own'),
      branchTaken: cycles('a branch taken'),
      branchTakenEarly: cycles('a branch taken whose condition was set at least one cycle before'),
      branchNotTaken: cycles('a branch not taken'),
      jump: cycles('a jump or exit'),
      shift: cycles('a shift'),
      divide: cycles('a division or modulo'),
      loadImmediate64: cycles('a 64-bit immediate load'),
      load: cycles('a load'),
      minimumStore: cycles('the cheapest store'),
      maximumStore: cycles('the dearest store'),
      memoryCommand: cycles('a memory command that does not wait'),
      memoryRead: cycles('a memory command that waits, without the wait'),
      helperCall: cycles('a helper call'),
      mapAccess: cycles('a map access'),
    },
  },
  memory: {
    about: 'Memories, each under its name.',
    named: true,
    fields: {
      sizeBytes: count('size'),
      readsPerSecond: number('reads that all cores together get'),
      atomicAddsPerSecond: number('atomic adds that all cores together get'),
      minimumGapCycles: number('core cycles from one waiting access to the next'),
      minimumLatencyCycles: number('latency at least'),
      maximumLatencyCycles: number('latency at most'),
    },
  },
  expansion: {
    about: "The card's instructions for one BPF instruction.",
    fields: {
      perInstruction: natives('any BPF instruction without a figure of its own'),
      move64: natives('a 64-bit move'),
      move32: natives('a 32-bit move'),
      alu64: natives('a 64-bit arithmetic operation'),
      alu32: natives('a 32-bit one'),
      zeroExtension: natives('clearing the upper half'),
      wideImmediateHalf: natives('each half of an immediate wider than 8 bits, where it loads in one'),
      multiply16: natives('a multiplication of 16-bit values'),
      multiply32: natives('a multiplication of 32-bit values'),
      divideByPower: natives('a division by a power of two'),
      divideByConstant: natives('a division by any other constant'),
      byteswap16: natives('a 16-bit byte swap'),
      byteswap32: natives('a 32-bit byte swap'),
      byteswap64: natives('a 64-bit byte swap'),
      shift64: natives('a 64-bit shift by a constant'),
      shift32: natives('a 32-bit shift by a constant'),
      variableShift: natives('a 64-bit shift by a register'),
      loadImmediate64: natives('a 64-bit immediate load, at least'),
      jumpEqual: natives('a jump if equal or not to zero'),
      jumpEqualRegister: natives('a jump if equal to a register'),
      jumpNotEqual: natives('a jump if not equal, at least'),
      jumpOrdered64: natives('a 64-bit ordered comparison'),
      jumpOrdered32: natives('a 32-bit ordered comparison'),
      jumpBits: natives('a jump if bits are set'),
      jump: natives('a jump, an exit'),
      contextLoad: natives('a read of the context'),
      packetLoad: natives('a packet load outside the packet cache, at least'),
      packetStore: natives('a packet store, at least'),
      stackWord: natives('each word of a stack access'),
      farStack: natives('a stack access beyond the lowest 64 bytes'),
      mapValueLoad: natives('a load from a map value'),
      atomicImmediate: natives('an atomic add of at most 16 bits'),
      atomicRegister: natives('an atomic add of a register'),
      adjustHeadConstant: natives('one adjust_head by a guaranteed constant'),
      adjustHead: natives('any other adjust_head'),
      adjustTail: natives('an adjust_tail'),
      random: natives('get_prandom_u32'),
      mapCall: natives('a map helper call'),
      eventOutput: natives('perf_event_output'),
      localCall: natives('a call of a function of the program'),
      prologue: natives('the start of a program'),
      epilogue: natives('the end of a program'),
      padding: natives('the instructions behind a program'),
    },
  },
  host: {
    about: 'Native XDP on the host: time of one frame on one core, by what becomes of it.',
    fields: {
      cores: count('cores that serve queues'),
      clockHz: number('their clock'),
      dropNanos: number('dropped untouched'),
      touchNanos: number('added where the program reads the frame'),
      transmitNanos: number('sent back'),
      redirectNanos: number('redirected'),
      passNanos: number("XDP's own share of a frame that goes to the stack"),
      stackDropNanos: number('passed and dropped early in the stack'),
      helperCallNanos: number('one helper call'),
      indirectCallNanos: number('one indirect call'),
      fibLookupNanos: number('one FIB lookup'),
      bpfInstructionNanos: number('one instruction of the program'),
      pageCacheEntries: count('buffers that the driver keeps beside each receive ring'),
      cacheShareEntries: number('buffers, of rings and beside them, that fit the cache share of DMA'),
      cacheMissNanos: number('added to a frame once rings are far beyond that share'),
      transmitFootprint: number('ring entries that a transmitted or redirected frame holds, against one that is read'),
      transmitCapPps: number('frames per second that can be sent back'),
    },
  },
  limits: {
    about: 'Limits of one program.',
    fields: {
      nativeInstructions: count("the card's instructions"),
      stackBytes: count('stack of all frames'),
      frameAlignBytes: count('a frame is rounded up to a multiple of this'),
      returnAddressBytes: count('added to every frame but the main one'),
      savedRegistersBytes: count('added to a frame but the main one that changes R6 to R9'),
      callFrames: count('frames on the call stack, the main one included'),
      packetWindowBytes: count('bytes of a packet that a program can reach'),
    },
  },
  isa: {
    about: 'Instructions by conformance group of RFC 9669.',
    fields: {
      groups: {
        kind: 'names',
        about: 'groups the card implements, at least in part',
        choices: ['base32', 'base64', 'atomic32', 'atomic64', 'divmul32', 'divmul64', 'packet'],
      },
      unsupported: { kind: 'names', about: 'operations it lacks nevertheless', choices: ISA_EXCEPTIONS },
      misread: {
        kind: 'names',
        about: 'operations that load without complaint and then compute something else',
        choices: ISA_EXCEPTIONS,
      },
      isComplete: flag('the list is known to be complete'),
    },
  },
  operands: {
    about: 'What operands must be known to be.',
    fields: {
      multiplyU32: flag('both operands of a multiplication fit 32 bits unsigned'),
      divideU32Constant: flag('the dividend fits 32 bits unsigned, the divisor too and is constant'),
    },
  },
  contextAccess: {
    about: 'Fields of struct xdp_md.',
    fields: {
      reads: namesOf('fields', 'fields a program may read'),
      writes: namesOf('fields', 'fields a program may write'),
      selectableQueues: count('queues that a write of rx_queue_index can select; a number beyond them selects none'),
    },
  },
  pointers: {
    about: 'Memory accesses.',
    fields: {
      kinds: { kind: 'names', about: 'memory a program may use', choices: ['context', 'stack', 'mapValue', 'packet'] },
      singleKind: flag('an instruction sees one kind of memory on all paths'),
      constantStackOffset: flag('stack offsets are constant, or differ by multiples of 4'),
      constantMapOffset: flag('offsets into map values are constant'),
      mapStores: flag('a program may store to map values'),
      singleMapWordUse: flag('a 4-byte word of a map value is read, or atomically added to, never both'),
      atomicsOnMapValues: flag('atomic operations work on map values alone'),
      immediateStoresToPacketOnly: flag('a store of an immediate works on the packet alone'),
      alignedStackArguments: flag('keys and values given to map helpers lie on the stack, at constant multiples of 4'),
    },
  },
  helpers: {
    about: 'Helper functions, by name without bpf_.',
    fields: {
      driver: namesOf('helpers', 'helpers the driver can translate'),
      firmware: namesOf('helpers', 'of those, the ones the firmware has'),
      shrinksTailOnly: flag('xdp_adjust_tail shortens packets and never lengthens them'),
      isComplete: flag('the list is known to be complete'),
    },
  },
  adjustHead: {
    about: 'What adjust_head can do.',
    fields: {
      minimumOffsetBytes: count('least offset of the packet in its buffer'),
      maximumOffsetBytes: count('largest offset'),
      guaranteedGrowBytes: count('bytes by which a packet can always grow'),
      guaranteedShrinkBytes: count('bytes by which a packet can always shrink'),
      packetOffsetBytes: count('where a packet starts in its buffer'),
      needsMetadataShift: flag('metadata has to be moved with the packet, which the driver cannot do'),
    },
  },
  maps: {
    about: 'Maps that live in the card.',
    fields: {
      types: namesOf('mapTypes', 'map types'),
      neutralTypes: namesOf('mapTypes', 'map types that stay in the host and may be used nevertheless'),
      flagsAllowed: flag('map flags and a NUMA node may be given'),
      maximumMaps: count('maps of the device'),
      totalEntries: count('max_entries of all maps of the device together'),
      maximumEntries: count('max_entries of one map'),
      elementBytes: count('key and value, each rounded up'),
      roundingBytes: count('to a multiple of this'),
      keyBytes: count('key'),
      valueBytes: count('value'),
      hostCacheEntries: count('entries that the host side reads ahead'),
      hostCacheMicroseconds: number('how old such an entry may be'),
    },
  },
  native: {
    about: 'Native XDP of the driver.',
    fields: {
      features: {
        kind: 'names',
        about: 'NETDEV_XDP_ACT_* bits',
        choices: ['BASIC', 'REDIRECT', 'NDO_XMIT', 'XSK_ZEROCOPY', 'HW_OFFLOAD', 'RX_SG', 'NDO_XMIT_SG'],
      },
      headroomBytes: count('room in front of a frame'),
      maximumMtuBytes: count('largest MTU of a program that does not take fragments'),
      maximumFragmentsMtuBytes: count('largest MTU of a program that does'),
      metadataKfuncs: namesOf('kfuncs', 'metadata kfuncs that give an answer'),
    },
  },
  verdicts: {
    about: 'What becomes of a frame by return value of an offloaded program.',
    fields: {
      aborted: text('XDP_ABORTED'),
      drop: text('XDP_DROP'),
      pass: text('XDP_PASS'),
      transmit: text('XDP_TX'),
      redirect: text('XDP_REDIRECT'),
      unknown: text('anything else'),
    },
  },
  counters: {
    about:
      "Counters as the driver's `ethtool -S` names them; <i> is a queue. What a driver counts several times has several names, with commas between.",
    fields: COUNTERS,
  },
  queueCounters: { about: 'The same of one queue, where the driver counts both.', fields: COUNTERS },
  messages: {
    about: 'How the driver puts a refusal, by rule.',
    fields: {},
    open: { kind: 'words', about: 'the words, the errno, and where they appear' },
    names: Object.keys(RULES),
  },
} as const satisfies Record<string, Section>;

/** Name of a section. */
export type SectionName = keyof typeof MODEL_SECTIONS;

type FieldValue<F> = F extends { kind: 'count' | 'number' }
  ? number
  : F extends { kind: 'flag' }
    ? boolean
    : F extends { kind: 'words' }
      ? RuleWords
      : F extends { kind: 'choice'; choices: readonly (infer C)[] }
        ? C
        : F extends { kind: 'names'; choices: readonly (infer C)[] }
          ? readonly C[]
          : F extends { kind: 'names' }
            ? readonly string[]
            : string;

type RequiredKeys<F> = { [K in keyof F]: F[K] extends { required: true } ? K : never }[keyof F];

type Figures<F> = { readonly [K in RequiredKeys<F>]: FieldValue<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: FieldValue<F[K]>;
};

/** The figures of one section as plain values; `undefined` where the model does not say. */
export type SectionValues<N extends SectionName> = (typeof MODEL_SECTIONS)[N] extends { open: infer F }
  ? Readonly<Record<string, FieldValue<F>>>
  : (typeof MODEL_SECTIONS)[N] extends { named: true }
    ? Readonly<Record<string, Figures<(typeof MODEL_SECTIONS)[N]['fields']>>>
    : Figures<(typeof MODEL_SECTIONS)[N]['fields']>;

/** All sections. */
export type ModelValues = { readonly [N in SectionName]: SectionValues<N> };
