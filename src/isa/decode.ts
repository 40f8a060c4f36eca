// Bytes to instructions. Whatever is refused is refused in the words of the Linux 6.18 verifier.
import type { ByteOrder } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { type Instruction, SLOT_BYTES } from './instruction.js';
import { CLASS, MODE, OPCODE } from './opcode.js';
import { type RawInstruction, readRawAt, slotCount, viewOf } from './raw.js';
import { decodeKnown, hex2 } from './shape.js';
import { isKnownOpcode } from './table.js';

/** Why a slot is no instruction. `kind` sets it apart from every instruction. */
export interface Rejection {
  readonly kind: 'rejected';
  /** The verifier's line, such as `BPF_MOV uses reserved fields`. Its errno is always EINVAL. */
  readonly message: string;
  /** `scan`: the kernel looks at every instruction for this before anything else; `visit`: only when a path reaches it. */
  readonly phase: 'scan' | 'visit';
}

/** An instruction, or why it is none. */
export type Decoded = Instruction | Rejection;

/** A rejected slot of a program. */
export interface DecodeFinding extends Rejection {
  readonly slot: number;
}

/** What decoding accepts. */
export interface DecodeOptions {
  /** Byte order of the program; little endian unless said otherwise. */
  readonly order?: ByteOrder;
  /** Accept `gotox` (0x0d) and `callx` (0x8d) too, which Linux 6.18 refuses. */
  readonly withIndirect?: boolean;
}

/**
 * Decodes the instruction at `byteOffset`; a 64-bit immediate load takes the 8 bytes behind it as well.
 * @throws InputError `truncated` where fewer than 8 bytes are left
 * Source: RFC 9669; messages observed on Linux 6.18.
 */
export function decodeInstruction(bytes: Uint8Array | DataView, byteOffset = 0, options: DecodeOptions = {}): Decoded {
  const view = bytes instanceof DataView ? bytes : viewOf(bytes);
  const order = options.order ?? 'little';
  const raw = readRawAt(view, byteOffset, order);
  const next = byteOffset + SLOT_BYTES;
  const hasSecond = raw.opcode === OPCODE.loadImmediate64 && next + SLOT_BYTES <= view.byteLength;
  const second = hasSecond ? readRawAt(view, next, order) : undefined;
  return decodeRaw(raw, second, options);
}

/** Decodes a slot given as fields; `second` is the slot behind a 64-bit immediate load, undefined at the end of the program. */
export function decodeRaw(
  raw: RawInstruction,
  second: RawInstruction | undefined,
  options: DecodeOptions = {},
): Decoded {
  const refused = scan(raw, second, options.withIndirect ?? false);
  if (refused !== undefined) return { kind: 'rejected', message: refused, phase: 'scan' };
  const decoded = decodeKnown(raw, second);
  return typeof decoded === 'string' ? { kind: 'rejected', message: decoded, phase: 'visit' } : decoded;
}

/**
 * The instructions of a program by slot, so that the index is the kernel's instruction index; the second slot of a 64-bit immediate
 * load is undefined.
 * @throws InputError `code-size` unless `code` is whole slots; `bpf-instruction` for the first slot that is rejected
 */
export function decodeProgram(code: Uint8Array, options: DecodeOptions = {}): readonly (Instruction | undefined)[] {
  const { instructions, findings } = decodeSlots(code, options);
  const [first] = findings;
  if (first !== undefined) throw new InputError('bpf-instruction', `insn ${first.slot}: ${first.message}`);
  return instructions;
}

/**
 * As decodeProgram, but with the rejected slots as values, in slot order; their instruction is undefined.
 * @throws InputError `code-size` unless `code` is whole slots
 */
export function decodeSlots(
  code: Uint8Array,
  options: DecodeOptions = {},
): { readonly instructions: readonly (Instruction | undefined)[]; readonly findings: readonly DecodeFinding[] } {
  const instructions: (Instruction | undefined)[] = new Array(slotCount(code)).fill(undefined);
  const findings: DecodeFinding[] = [];
  const view = viewOf(code);
  for (let slot = 0; slot < instructions.length; slot++) {
    const decoded = decodeInstruction(view, slot * SLOT_BYTES, options);
    if (decoded.kind === 'rejected') findings.push({ ...decoded, slot });
    else instructions[slot] = decoded;
    if (opensPair(view, slot)) slot++;
  }
  return { instructions, findings };
}

/** Whether this slot is a 64-bit immediate load, well-formed or not, with its second half behind it. */
function opensPair(view: DataView, slot: number): boolean {
  const next = (slot + 1) * SLOT_BYTES;
  return (
    view.getUint8(slot * SLOT_BYTES) === OPCODE.loadImmediate64 && next < view.byteLength && view.getUint8(next) === 0
  );
}

/** What the kernel says of any instruction, reachable or not, in the order in which it asks. */
function scan(raw: RawInstruction, second: RawInstruction | undefined, withIndirect: boolean): string | undefined {
  if ((raw.opcode & 7) === CLASS.LDX) {
    const mode = raw.opcode & 0xe0;
    if ((mode !== MODE.memory && mode !== MODE.memorySigned) || raw.imm !== 0) return 'BPF_LDX uses reserved fields';
  }
  if (raw.opcode === OPCODE.loadImmediate64) return scanImmediate64(raw, second);
  if (isKnownOpcode(raw.opcode, withIndirect)) return undefined;
  return `unknown opcode ${hex2(raw.opcode)}`;
}

function scanImmediate64(raw: RawInstruction, second: RawInstruction | undefined): string | undefined {
  if (second === undefined || second.opcode !== 0 || second.dst !== 0 || second.src !== 0 || second.offset !== 0) {
    return 'invalid bpf_ld_imm64 insn';
  }
  const isMap = raw.src === 1 || raw.src === 5;
  return raw.src > 6 || (isMap && second.imm !== 0) ? 'unrecognized bpf_ld_imm64 insn' : undefined;
}
