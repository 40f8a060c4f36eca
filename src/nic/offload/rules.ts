// The rules of the check: when they are looked at, how they read where the model has no words of its own, and what to do about each.
import type { RuleWords } from '../model-fields.js';
import type { Phase } from './reason.js';

/** A rule. `{name}` in words and hint stands for a value of the case at hand. */
export interface Rule {
  readonly phase: Phase;
  readonly words: RuleWords;
  readonly hint: string;
}

/** All rules, in the order in which they are looked at within their phase: those of the core, then those of the card. */
export const RULES = {
  // Creating maps.
  mapCreate: rule('map', silent('{problem}', undefined), 'change the definition of the map'),
  mapTypeCore: rule(
    'map',
    silent('only array and hash maps can be offloaded, not {type}', 'EINVAL'),
    'use an array or hash map, or attach in native mode',
  ),
  mapTypesNone: rule('map', silent('the card holds no maps', 'EOPNOTSUPP'), 'use no maps, or attach in native mode'),
  mapFlags: rule('map', silent('map flags {flags} are not supported', 'EINVAL'), 'leave the map flags out{dataHint}'),
  mapType: rule('map', silent('map type {type} is not supported', 'EOPNOTSUPP'), 'the card has {types}'),
  mapEntries: rule(
    'map',
    silent('{used} entries, at most {allowed}', 'ENOMEM'),
    'use max_entries of {allowed} or fewer',
  ),
  mapCount: rule('map', silent('{used} maps, the card holds {allowed}', 'ENOMEM'), 'use fewer maps'),
  mapTotalEntries: rule(
    'map',
    silent('{used} entries, {left} left', 'ENOMEM'),
    'use max_entries of {left} or fewer; all maps of the card share {allowed}',
  ),
  mapElement: rule(
    'map',
    silent('key and value take {used} bytes, at most {allowed}', 'ENOMEM'),
    'use a {allowed}-byte element or smaller: key and value each count rounded up to {rounding} bytes',
  ),
  mapKey: rule(
    'map',
    silent('key of {used} bytes, at most {allowed}', 'ENOMEM'),
    'use a key of {allowed} bytes or fewer',
  ),
  mapValue: rule(
    'map',
    silent('value of {used} bytes, at most {allowed}', 'ENOMEM'),
    'use a value of {allowed} bytes or fewer',
  ),
  // Loading.
  modeMissing: rule('load', silent('{nic} runs no program in {mode} mode', 'EOPNOTSUPP'), 'use --mode {modes}'),
  byteOrder: rule(
    'load',
    silent('the program is for big-endian hosts, in which the driver offloads nothing', undefined),
    'compile with clang --target=bpfel',
  ),
  loadFlags: rule(
    'load',
    silent('BPF_F_XDP_HAS_FRAGS cannot be given for an offloaded program', 'EINVAL'),
    'put the program into section "xdp" instead of "{section}"',
  ),
  noNdoBpf: rule(
    'load',
    silent('the driver has no ndo_bpf, so that no program can be bound to its device', 'EOPNOTSUPP'),
    'use generic mode, without metadata kfuncs',
  ),
  noOffloadDevice: rule(
    'load',
    silent('the driver registers no offload device', 'EINVAL'),
    'attach in native mode: this card runs programs on the host',
  ),
  // Verifying.
  verifier: rule('verify', verifier('{message}', 'EINVAL'), 'see xdpsim verify'),
  undecodable: rule('verify', verifier('{message}', 'EINVAL'), 'the instruction is not one that Linux knows'),
  metadataOffload: rule(
    'verify',
    verifier("metadata kfuncs can't be offloaded", 'EINVAL'),
    'attach in native mode, with the program bound to the device',
  ),
  directMapValue: rule(
    'verify',
    verifier('no direct value access support for this map type', 'EINVAL'),
    'global variables live in array maps that the program addresses directly; look the value up in a map instead',
  ),
  instruction: rule('verify', silent('instruction {opcode} is not supported: {operation}', 'EINVAL'), '{advice}'),
  misread: rule(
    'verify',
    silent(
      'instruction {opcode} ({operation}) is not supported; the driver goes by the opcode byte and runs it as {plain}',
      undefined,
    ),
    'compile with -mcpu=v3 or lower',
  ),
  multiplier: operand(
    'the multiplier may not fit 32 bits unsigned',
    'mask or bound the value to 32 bits before multiplying',
  ),
  multiplicand: operand(
    'the multiplicand may not fit 32 bits unsigned',
    'mask or bound the value to 32 bits before multiplying',
  ),
  multiplicandSign: operand(
    'a negative multiplicand does not fit 32 bits unsigned',
    'multiply by a positive constant and negate',
  ),
  dividend: operand('the dividend may not fit 32 bits unsigned', 'mask or bound the value to 32 bits before dividing'),
  divisorVariable: operand('the divisor is not constant', 'divide by a constant, or shift'),
  divisor: operand('the divisor does not fit 32 bits unsigned', 'divide by a 32-bit constant'),
  divisorSign: operand('the divisor is negative', 'divide by a positive constant'),
  contextRead: rule('translate', silent('the card cannot read {field}', 'EOPNOTSUPP'), 'the card offers {fields}'),
  contextStore: rule('verify', silent('the card cannot write {field}', 'EOPNOTSUPP'), '{advice}'),
  queueSelect: rule('verify', silent('the card cannot select a queue', 'EOPNOTSUPP'), 'do not write rx_queue_index'),
  pointerType: rule(
    'verify',
    silent('memory of this kind cannot be used: {memory}', 'EINVAL'),
    'the card knows the context, the stack, map values and the packet',
  ),
  pointerTypeChanged: rule(
    'verify',
    silent('the instruction reaches {oldMemory} on one path and {memory} on another', 'EINVAL'),
    'write the access once for each kind of memory, so that the compiler does not merge the paths',
  ),
  stackVariable: rule(
    'verify',
    silent('the offset into the stack is not constant', 'EINVAL'),
    'index an array map instead of an array on the stack, or unroll the loop',
  ),
  stackChanged: rule(
    'verify',
    silent('the instruction uses stack offsets {oldOffset} and {offset}', 'EINVAL'),
    'let the offsets differ by multiples of 4',
  ),
  mapOffsetVariable: rule(
    'verify',
    silent('the offset into the map value is not constant', 'EOPNOTSUPP'),
    'use one map entry per element instead of an array inside the value',
  ),
  mapOutOfBounds: rule(
    'verify',
    silent('the access leaves the map value', 'EINVAL'),
    'stay inside the {size} bytes of the value',
  ),
  mapStore: rule(
    'verify',
    silent('a program cannot store to a map value', 'EOPNOTSUPP'),
    'count with an atomic add (__sync_fetch_and_add), or let the host write',
  ),
  mapWordConflict: rule(
    'verify',
    silent('word at {offset} of the value is used for {oldUse} and for {use}', 'EOPNOTSUPP'),
    'keep counters and values that are read in different 4-byte words of {map}',
  ),
  atomicInitialised: rule(
    'verify',
    silent('the counter at {offset} may not start at zero', 'EOPNOTSUPP'),
    'update the entry of {map} with zeros where its counters are',
  ),
  updateNonZero: rule(
    'verify',
    silent('the value written may not be zero at {offset}, where a counter is', 'EOPNOTSUPP'),
    'update the entry of {map} with zeros where its counters are',
  ),
  atomicOperation: rule(
    'verify',
    silent('only an atomic add that does not fetch is supported', 'EOPNOTSUPP'),
    'use an atomic add and ignore its result',
  ),
  atomicPointer: rule(
    'verify',
    silent('atomic operations work on map values alone', 'EOPNOTSUPP'),
    'use a plain operation on the stack or in the packet',
  ),
  atomicSource: rule('verify', silent('only a number can be added atomically', 'EOPNOTSUPP'), 'add a number'),
  immediateStore: rule(
    'translate',
    silent('the card cannot store an immediate to the {memory}', 'EOPNOTSUPP'),
    'compile with -mcpu=v3 or lower: only from v4 on clang stores immediates',
  ),
  helper: rule('verify', silent('helper {name} is not there', 'EOPNOTSUPP'), '{advice}'),
  helperUnknown: rule(
    'verify',
    silent('whether the card has helper {name} is not published', 'EOPNOTSUPP'),
    'try it on the card',
  ),
  helperFirmware: rule('verify', silent('the firmware lacks helper {name}', 'EOPNOTSUPP'), '{advice}'),
  adjustHeadMetadata: rule(
    'verify',
    silent('the firmware needs metadata moved with the packet', 'EOPNOTSUPP'),
    'leave the start of the packet where it is, or use a firmware that keeps metadata elsewhere',
  ),
  argumentType: rule(
    'verify',
    silent('{name}: the argument does not lie on the stack', 'EOPNOTSUPP'),
    'copy the key or value to the stack first',
  ),
  argumentVariable: rule(
    'verify',
    silent('{name}: the offset of the argument is not constant', 'EOPNOTSUPP'),
    'use a variable of its own for the key or value',
  ),
  argumentUnaligned: rule(
    'verify',
    silent('{name}: the argument is not aligned to 4 bytes', 'EOPNOTSUPP'),
    'align the key or value to 4 bytes: __attribute__((aligned(4)))',
  ),
  eventFlags: rule(
    'verify',
    silent('the flags are not BPF_F_CURRENT_CPU', 'EOPNOTSUPP'),
    'pass BPF_F_CURRENT_CPU, with the packet length in the upper half if wanted',
  ),
  eventPointer: rule(
    'verify',
    silent('the data of the event is {memory}', 'EOPNOTSUPP'),
    'give data on the stack, in a map value or in the packet',
  ),
  eventPointerChanged: rule(
    'verify',
    silent('the data of the event is {oldMemory} on one path and {memory} on another', 'EINVAL'),
    'call the helper once for each kind of memory',
  ),
  // Finalizing.
  callFrames: rule(
    'finalize',
    verifier('the call stack of {index} frames is too deep !', 'E2BIG'),
    'inline a function: at most {allowed} frames',
  ),
  stack: rule(
    'finalize',
    silent('the program needs {used} bytes of stack, the card has {allowed}', 'EOPNOTSUPP'),
    'keep less on the stack, or inline functions: each frame is rounded up to {align} bytes',
  ),
  // Translating.
  programLength: rule(
    'translate',
    silent('the program needs {used} instructions of the card, which holds {allowed}', 'ENOSPC'),
    'shorten the program: unroll less, drop what the host can do',
  ),
  // Attaching: dev_xdp_attach, then the driver.
  hostModes: rule(
    'attach',
    extack("Native and generic XDP can't be active at the same time", 'EEXIST'),
    'detach the program in {other} mode first',
  ),
  deviceBoundGeneric: rule(
    'attach',
    extack("Can't attach device-bound programs in generic mode", 'EINVAL'),
    'metadata kfuncs need native mode',
  ),
  devmapAttach: rule(
    'attach',
    extack('BPF_XDP_DEVMAP programs can not be attached to a device', 'EINVAL'),
    'it is put into a devmap entry, not attached',
  ),
  cpumapAttach: rule(
    'attach',
    extack('BPF_XDP_CPUMAP programs can not be attached to a device', 'EINVAL'),
    'it is put into a cpumap entry, not attached',
  ),
  nativeMissing: rule(
    'attach',
    extack('Underlying driver does not support XDP in native mode', 'EOPNOTSUPP'),
    'use generic mode',
  ),
  liveReload: rule(
    'attach',
    silent('a program that is attached cannot be replaced', 'EBUSY'),
    'detach the program that is there first',
  ),
  mtu: rule('attach', silent('an MTU of {mtu} is above {allowed}', 'EINVAL'), '{advice}'),
  packetWindow: rule(
    'attach',
    silent('the program may reach byte {used} of a packet, the card shows {allowed}', 'EOPNOTSUPP'),
    'set the MTU to {allowed} or less, or look at the first {allowed} bytes alone',
  ),
  // Running.
  packetWindowLater: rule(
    'run',
    silent('an MTU above {allowed} could not be set later', 'EBUSY'),
    'the program may reach byte {used} of a packet; look at the first {allowed} bytes alone',
  ),
  eventNote: rule(
    'run',
    silent('results of perf_event_output differ', undefined),
    'the call may succeed although the event is lost',
  ),
  redirectVerdict: rule(
    'run',
    silent('a frame that the program redirects is dropped, and counted as aborted', undefined),
    'return XDP_PASS or XDP_TX in hardware mode',
  ),
  redirectFeature: rule(
    'run',
    silent('the driver does not support XDP_REDIRECT', undefined),
    'frames that the program redirects are dropped',
  ),
  unknownVerdict: rule(
    'run',
    silent('a return value of {value} is no verdict: {effect}', undefined),
    'return one of XDP_ABORTED to XDP_REDIRECT',
  ),
  growHead: rule(
    'run',
    silent('bpf_xdp_adjust_head by -{used} fails: {allowed} bytes are free in front of a packet', undefined),
    'put less in front, or handle -EINVAL',
  ),
  shrinkHead: rule(
    'run',
    silent('bpf_xdp_adjust_head by {used} fails: a packet can lose {allowed} bytes at its start', undefined),
    'take less off, or handle -EINVAL',
  ),
  growTail: rule(
    'run',
    silent('bpf_xdp_adjust_tail by {used} fails: the card only shortens packets', undefined),
    'do not lengthen packets in the card, or handle -EINVAL',
  ),
  queueRange: rule(
    'run',
    silent('queue {queue} is none of the {allowed} that can be selected', undefined),
    'write a queue from 0 to {last}',
  ),
  neverRun: rule(
    'run',
    silent('the device keeps the program and never runs it', undefined),
    'use it to test loading alone',
  ),
  metadataMissing: rule(
    'run',
    silent('{name} gives -EOPNOTSUPP on this driver', undefined),
    'handle its error, or use a card that has it',
  ),
} as const satisfies Record<string, Rule>;

/** Name of a rule; `messages` in a model file uses them. */
export type RuleName = keyof typeof RULES;

function rule(phase: Phase, words: RuleWords, hint: string): Rule {
  return { phase, words, hint };
}

function operand(text: string, hint: string): Rule {
  return rule('verify', silent(text, 'EINVAL'), hint);
}

function silent(text: string, errno: string | undefined): RuleWords {
  return { text, log: 'silent', ...(errno !== undefined && { errno }) };
}

function verifier(text: string, errno: string): RuleWords {
  return { text, log: 'verifier', errno };
}

function extack(text: string, errno: string): RuleWords {
  return { text, log: 'extack', errno };
}
