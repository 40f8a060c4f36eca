// Runs lowered programs, one instruction after the other. Hot path: measured by test/engine/interpreter-speed.ts.
// The one switch below is long since an interpreter is a list of what every operation does; its cases have the numbers of
// OPERATIONS (operations.ts), written as literals because only those make V8 build a jump table. A test holds the two together.
import { Trap } from '../../machine/fault.js';
import { checkArguments } from '../../machine/helpers/arguments.js';
import type { MachineHelper } from '../../machine/helpers/table.js';
import { type Caller, MAX_CHAIN_FRAMES, type Machine } from '../../machine/machine.js';
import { trapMessage } from '../../machine/trap-message.js';
import { RUN_LIMIT, VERIFIER_LIMIT } from '../../platform/limits.js';
import { Access } from './access.js';
import { atomic, atomicSize } from './atomic.js';
import { type Code, STRIDE } from './lower.js';
import type { Observer } from './observer.js';
import * as wide from './wide.js';

const { MAX_CALL_FRAMES, MAX_STACK_BYTES } = VERIFIER_LIMIT;

/** Index of the low words of the registers with a role. */
const R0 = 0;
const R1 = 2;
const R2 = 4;
const R3 = 6;
const R6 = 12;
const FRAME_POINTER = 20;
/** r6 to r9, which a call preserves. */
const SAVED_WORDS = 8;

/** Programs of one machine, running. */
export class Runner implements Caller {
  /** r0 to r10 and constants: the session's register file. */
  readonly registers: Int32Array;
  /** The same as helpers take it. */
  readonly words: Uint32Array;
  private readonly machine: Machine;
  private readonly access: Access;
  private readonly codes: readonly Code[];
  private readonly helpers: readonly MachineHelper[];

  /** What runs, and the index of the first word of the instruction that runs: where a trap happened. */
  code: Code;
  at = 0;
  /** Instructions that the packet may still execute. */
  budget = 0;
  /** Is told of every instruction, where there is one. */
  observer: Observer | undefined;

  /** Frames below the running one: where each goes on, what each wants back in r6 to r9. */
  private depth = 0;
  private readonly returnCode: Code[] = [];
  private readonly returnAt = new Int32Array(MAX_CHAIN_FRAMES);
  private readonly saved = new Int32Array(MAX_CHAIN_FRAMES * SAVED_WORDS);
  private readonly mayGotoLeft = new Int32Array(MAX_CHAIN_FRAMES);
  /** How many frames of its program a frame is the last of. */
  private readonly programFrames = new Int32Array(MAX_CHAIN_FRAMES).fill(1);
  private deepest = 0;
  private tailCalls = 0;

  /** @param codes by program id less 1 */
  constructor(machine: Machine, codes: readonly Code[], registers: Int32Array, helpers: readonly MachineHelper[]) {
    this.machine = machine;
    this.codes = codes;
    this.registers = registers;
    this.words = new Uint32Array(registers.buffer);
    this.helpers = helpers;
    this.access = new Access(machine);
    this.code = codes[0]!;
    machine.caller = this;
  }

  /**
   * Runs a program over the packet that lies in the machine's buffer; the result is in r0.
   * @throws Trap where it stops; `code`, `at` and `registers` then tell where and with what
   */
  start(code: Code, budget: number): void {
    this.clearStack();
    this.depth = 0;
    this.tailCalls = 0;
    this.observer?.begin(budget);
    this.budget = this.observer === undefined ? budget : 0;
    this.registers.fill(0, 0, FRAME_POINTER);
    this.registers[R1] = this.machine.packet.contextAddress;
    this.openFrame();
    this.enter(code);
    this.access.refresh();
    this.execute(0, 0);
  }

  /** The program threw: the cookie is its result. */
  endWith(cookie: bigint): undefined {
    this.words[0] = Number(cookie & 0xffff_ffffn);
    this.words[1] = Number(cookie >> 32n);
  }

  get hasDueTimer(): boolean {
    return this.machine.hasDueTimer;
  }

  /**
   * Runs the timers that became due before the packet.
   * @throws Trap as `start`
   */
  runTimers(budget: number): void {
    this.depth = 0;
    this.tailCalls = 0;
    this.observer?.begin(budget);
    this.budget = this.observer === undefined ? budget : 0;
    this.openFrame();
    this.access.refresh();
    this.machine.runTimers();
  }

  /** Instructions that the packet did not use of its budget. */
  get budgetLeft(): number {
    return Math.max(0, this.observer?.left ?? this.budget);
  }

  /** A callback of a helper: a call from within the helper's instruction. */
  call(functionNumber: number): void {
    const entry = this.machine.functions[functionNumber - 1];
    const code = entry === undefined ? undefined : this.codes[entry.program.id - 1];
    if (entry === undefined || code === undefined)
      throw new Trap('control', `no function has the address ${functionNumber}`);
    const [helperCode, helperAt] = [this.code, this.at];
    this.pushFrame(helperAt);
    this.enter(code);
    this.execute(STRIDE * entry.slot, this.depth);
    this.enter(helperCode);
    this.at = helperAt;
  }

  /** The stack reads as zeros in the first frames of each packet; within a packet a frame finds what an earlier call left there. */
  private clearStack(): void {
    const end = this.machine.guard.stackHigh;
    this.machine.memory.bytes.fill(0, end - (this.deepest + 1) * MAX_STACK_BYTES, end);
    this.deepest = 0;
  }

  private enter(code: Code): void {
    this.code = code;
    this.access.attachPoint = code.program.spec.attachPoint;
  }

  /** Gives the frame at `depth` its stack and its loop budget. */
  private openFrame(): void {
    const { guard } = this.machine;
    this.registers[FRAME_POINTER] = guard.stackHigh - this.depth * MAX_STACK_BYTES;
    this.registers[FRAME_POINTER + 1] = 0;
    guard.stackLow = guard.stackHigh - (this.depth + 1) * MAX_STACK_BYTES;
    this.mayGotoLeft[this.depth] = RUN_LIMIT.MAX_LOOP_ITERATIONS;
    if (this.depth > this.deepest) this.deepest = this.depth;
  }

  private pushFrame(returnAt: number): void {
    const { registers, depth, programFrames } = this;
    const frames = programFrames[depth]! + 1;
    if (frames > MAX_CALL_FRAMES) throw new Trap('control', `the call stack of ${frames} frames is too deep`);
    programFrames[depth + 1] = frames;
    this.returnCode[depth] = this.code;
    this.returnAt[depth] = returnAt;
    for (let at = 0; at < SAVED_WORDS; at++) this.saved[depth * SAVED_WORDS + at] = registers[R6 + at]!;
    this.depth++;
    this.openFrame();
  }

  /** Back to the frame below. @returns where it goes on */
  private popFrame(): number {
    const depth = --this.depth;
    const { registers } = this;
    const { guard } = this.machine;
    for (let at = 0; at < SAVED_WORDS; at++) registers[R6 + at] = this.saved[depth * SAVED_WORDS + at]!;
    registers[FRAME_POINTER] = guard.stackHigh - depth * MAX_STACK_BYTES;
    guard.stackLow = guard.stackHigh - (depth + 1) * MAX_STACK_BYTES;
    if (this.code !== this.returnCode[depth]) this.enter(this.returnCode[depth]!);
    return this.returnAt[depth]!;
  }

  /**
   * bpf_tail_call: the running frame goes on in another program, and what that returns goes to the frame below. The count is of the
   * whole packet. @returns whether there was a program to go to
   */
  private tailCall(): boolean {
    const { registers, machine } = this;
    const map = registers[R2 + 1] === 0 ? machine.mapAt(registers[R2]! >>> 0) : undefined;
    if (map?.programs === undefined) throw new Trap('helper', 'bpf_tail_call: argument 2 is not a program array');
    if (registers[R1] !== machine.packet.contextAddress || registers[R1 + 1] !== 0) {
      throw new Trap('helper', 'bpf_tail_call: argument 1 is not the context');
    }
    const id = map.programs.program(registers[R3]! >>> 0);
    if (id === 0 || this.tailCalls >= RUN_LIMIT.MAX_TAIL_CALLS) return false;
    const code = this.codes[id - 1]!;
    if (code.program.problem !== undefined) throw new Trap('helper', code.program.problem.message);
    this.tailCalls++;
    this.enter(code);
    this.mayGotoLeft[this.depth] = RUN_LIMIT.MAX_LOOP_ITERATIONS;
    this.programFrames[this.depth] = 1;
    return true;
  }

  private callHelper(index: number): void {
    const helper = this.helpers[index]!;
    checkArguments(this.machine, helper.facts, this.words);
    helper.run(this.machine, this.words);
    this.access.refresh();
  }

  /** An observer sees every instruction because the budget stays 0 then: without one, no instruction pays for the question. */
  private beyondBudget(): void {
    const { observer } = this;
    if (observer === undefined || observer.left <= 0) {
      throw new Trap('budget', 'more instructions than one packet may execute');
    }
    this.budget = 0;
    observer.left--;
    observer.step(this.code, this.at / STRIDE, this.depth);
  }

  private mayGoto(): boolean {
    const left = this.mayGotoLeft[this.depth]!;
    if (left === 0) return true;
    this.mayGotoLeft[this.depth] = left - 1;
    return false;
  }

  /** Runs from the instruction at `start` until the frame at `base` exits. */
  private execute(start: number, base: number): void {
    const { access, machine } = this;
    const r = this.registers;
    let { view, i32 } = machine.memory;
    let c = this.code.words;
    let p = start;
    for (;;) {
      this.at = p;
      if (--this.budget < 0) this.beyondBudget();
      const d = c[p + 1]!;
      const s = c[p + 2]!;
      const x = c[p + 3]!;
      const operation = c[p]!;
      p += STRIDE;
      // biome-ignore format: one line an operation
      switch (operation) {
        case 0: { const sum = (r[d]! >>> 0) + (r[s]! >>> 0); r[d] = sum; r[d + 1] = r[d + 1]! + r[s + 1]! + (sum > 0xffffffff ? 1 : 0); break; } // add64
        case 1: { const low = r[d]! >>> 0; const borrow = low < (r[s]! >>> 0) ? 1 : 0; r[d] = low - (r[s]! >>> 0); r[d + 1] = r[d + 1]! - r[s + 1]! - borrow; break; } // sub64
        case 2: wide.multiply(r, d, s); break; // mul64
        case 3: wide.divide(r, d, s); break; // div64
        case 4: wide.signedDivide(r, d, s); break; // sdiv64
        case 5: r[d] = r[d]! | r[s]!; r[d + 1] = r[d + 1]! | r[s + 1]!; break; // or64
        case 6: r[d] = r[d]! & r[s]!; r[d + 1] = r[d + 1]! & r[s + 1]!; break; // and64
        case 7: wide.shiftLeft(r, d, s); break; // lsh64
        case 8: wide.shiftRight(r, d, s); break; // rsh64
        case 9: wide.remainder(r, d, s); break; // mod64
        case 10: wide.signedRemainder(r, d, s); break; // smod64
        case 11: r[d] = r[d]! ^ r[s]!; r[d + 1] = r[d + 1]! ^ r[s + 1]!; break; // xor64
        case 12: r[d] = r[s]!; r[d + 1] = r[s + 1]!; break; // mov64
        case 13: wide.shiftRightSigned(r, d, s); break; // arsh64
        case 14: r[d] = (r[d]! + r[s]!) | 0; r[d + 1] = 0; break; // add32
        case 15: r[d] = (r[d]! - r[s]!) | 0; r[d + 1] = 0; break; // sub32
        case 16: r[d] = Math.imul(r[d]!, r[s]!); r[d + 1] = 0; break; // mul32
        case 17: { const by = r[s]! >>> 0; r[d] = by === 0 ? 0 : (r[d]! >>> 0) / by; r[d + 1] = 0; break; } // div32
        case 18: { const by = r[s]!; r[d] = by === 0 ? 0 : r[d]! / by; r[d + 1] = 0; break; } // sdiv32
        case 19: r[d] = r[d]! | r[s]!; r[d + 1] = 0; break; // or32
        case 20: r[d] = r[d]! & r[s]!; r[d + 1] = 0; break; // and32
        case 21: r[d] = r[d]! << r[s]!; r[d + 1] = 0; break; // lsh32
        case 22: r[d] = r[d]! >>> r[s]!; r[d + 1] = 0; break; // rsh32
        case 23: { const by = r[s]! >>> 0; if (by !== 0) r[d] = (r[d]! >>> 0) % by; r[d + 1] = 0; break; } // mod32
        case 24: { const by = r[s]!; if (by !== 0) r[d] = r[d]! % by; r[d + 1] = 0; break; } // smod32
        case 25: r[d] = r[d]! ^ r[s]!; r[d + 1] = 0; break; // xor32
        case 26: r[d] = r[s]!; r[d + 1] = 0; break; // mov32
        case 27: r[d] = r[d]! >> r[s]!; r[d + 1] = 0; break; // arsh32
        case 28: { const low = -r[d]! | 0; r[d + 1] = low === 0 ? -r[d + 1]! | 0 : ~r[d + 1]!; r[d] = low; break; } // neg64
        case 29: r[d] = -r[d]! | 0; r[d + 1] = 0; break; // neg32
        case 30: r[d] = (r[s]! << 24) >> 24; r[d + 1] = r[d]! >> 31; break; // movsx64from8
        case 31: r[d] = (r[s]! << 16) >> 16; r[d + 1] = r[d]! >> 31; break; // movsx64from16
        case 32: r[d] = r[s]!; r[d + 1] = r[d]! >> 31; break; // movsx64from32
        case 33: r[d] = (r[s]! << 24) >> 24; r[d + 1] = 0; break; // movsx32from8
        case 34: r[d] = (r[s]! << 16) >> 16; r[d + 1] = 0; break; // movsx32from16
        case 35: r[d] = r[d]! & 0xffff; r[d + 1] = 0; break; // truncate16
        case 36: r[d + 1] = 0; break; // truncate32
        case 37: r[d] = ((r[d]! & 0xff) << 8) | ((r[d]! >>> 8) & 0xff); r[d + 1] = 0; break; // swap16
        case 38: r[d] = swap(r[d]!); r[d + 1] = 0; break; // swap32
        case 39: { const low = r[d]!; r[d] = swap(r[d + 1]!); r[d + 1] = swap(low); break; } // swap64
        case 40: break; // nothing
        case 41: if (r[d] === r[s] && r[d + 1] === r[s + 1]) p = x; break; // jeq64
        case 42: if (r[d] !== r[s] || r[d + 1] !== r[s + 1]) p = x; break; // jne64
        case 43: if ((r[d]! & r[s]!) !== 0 || (r[d + 1]! & r[s + 1]!) !== 0) p = x; break; // jset64
        case 44: if (r[d + 1] === r[s + 1] ? r[d]! >>> 0 > r[s]! >>> 0 : r[d + 1]! >>> 0 > r[s + 1]! >>> 0) p = x; break; // jgt64
        case 45: if (r[d + 1] === r[s + 1] ? r[d]! >>> 0 >= r[s]! >>> 0 : r[d + 1]! >>> 0 > r[s + 1]! >>> 0) p = x; break; // jge64
        case 46: if (r[d + 1] === r[s + 1] ? r[d]! >>> 0 > r[s]! >>> 0 : r[d + 1]! > r[s + 1]!) p = x; break; // jsgt64
        case 47: if (r[d + 1] === r[s + 1] ? r[d]! >>> 0 >= r[s]! >>> 0 : r[d + 1]! > r[s + 1]!) p = x; break; // jsge64
        case 48: if (r[d] === r[s]) p = x; break; // jeq32
        case 49: if (r[d] !== r[s]) p = x; break; // jne32
        case 50: if ((r[d]! & r[s]!) !== 0) p = x; break; // jset32
        case 51: if (r[d]! >>> 0 > r[s]! >>> 0) p = x; break; // jgt32
        case 52: if (r[d]! >>> 0 >= r[s]! >>> 0) p = x; break; // jge32
        case 53: if (r[d]! > r[s]!) p = x; break; // jsgt32
        case 54: if (r[d]! >= r[s]!) p = x; break; // jsge32
        case 55: r[d] = view.getUint8(access.read(r, s, x, 1)); r[d + 1] = 0; break; // load8
        case 56: r[d] = view.getUint16(access.read(r, s, x, 2), true); r[d + 1] = 0; break; // load16
        case 57: r[d] = view.getInt32(access.read(r, s, x, 4), true); r[d + 1] = 0; break; // load32
        case 58: { const at = access.read(r, s, x, 8); r[d] = view.getInt32(at, true); r[d + 1] = view.getInt32(at + 4, true); break; } // load64
        case 59: r[d] = view.getInt8(access.readSigned(r, s, x, 1)); r[d + 1] = r[d]! >> 31; break; // loadSigned8
        case 60: r[d] = view.getInt16(access.readSigned(r, s, x, 2), true); r[d + 1] = r[d]! >> 31; break; // loadSigned16
        case 61: r[d] = view.getInt32(access.readSigned(r, s, x, 4), true); r[d + 1] = r[d]! >> 31; break; // loadSigned32
        case 62: view.setInt8(access.write(r, d, x, 1), r[s]!); break; // store8
        case 63: view.setInt16(access.write(r, d, x, 2), r[s]!, true); break; // store16
        case 64: view.setInt32(access.write(r, d, x, 4), r[s]!, true); break; // store32
        case 65: { const at = access.write(r, d, x, 8); view.setInt32(at, r[s]!, true); view.setInt32(at + 4, r[s + 1]!, true); break; } // store64
        case 66: atomic(r, i32, access.aligned(r, d, x >> 8, atomicSize(x), true), s, x & 31); break; // atomic
        case 67: { const at = access.aligned(r, s, x >> 8, x & 15, false); loadOrdered(r, view, at, d, x & 15); break; } // loadOrdered
        case 68: { const at = access.aligned(r, d, x >> 8, x & 15, true); storeOrdered(r, view, at, s, x & 15); break; } // storeOrdered
        case 69: p = x; break; // jump
        case 70: if (this.mayGoto()) p = x; break; // mayGoto
        case 71: this.callHelper(x); view = machine.memory.view; i32 = machine.memory.i32; break; // callHelper
        case 72: this.pushFrame(p); p = x; break; // callFunction
        case 73: if (this.tailCall()) { c = this.code.words; p = 0; } break; // tailCall
        case 74: // exit
          if (this.depth === base) {
            if (base > 0) this.popFrame();
            return;
          }
          p = this.popFrame();
          c = this.code.words;
          break;
        case 75: r[d] = r[s]!; r[d + 1] = r[s + 1]!; p += STRIDE; break; // constant64
        default: throw this.trap(); // trap
      }
    }
  }

  private trap(): Trap {
    const slot = this.at / STRIDE;
    const kind = slot < this.code.program.instructions.length ? 'instruction' : 'control';
    return new Trap(kind, trapMessage(this.code.program, slot));
  }
}

/** The four bytes in the other order. */
function swap(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

function loadOrdered(r: Int32Array, view: DataView, at: number, d: number, sizeBytes: number): void {
  r[d + 1] = sizeBytes === 8 ? view.getInt32(at + 4, true) : 0;
  r[d] = sizeBytes === 1 ? view.getUint8(at) : sizeBytes === 2 ? view.getUint16(at, true) : view.getInt32(at, true);
}

function storeOrdered(r: Int32Array, view: DataView, at: number, s: number, sizeBytes: number): void {
  if (sizeBytes === 1) view.setInt8(at, r[s]!);
  else if (sizeBytes === 2) view.setInt16(at, r[s]!, true);
  else view.setInt32(at, r[s]!, true);
  if (sizeBytes === 8) view.setInt32(at + 4, r[s + 1]!, true);
}

/** r0 as an unsigned 32-bit number. */
export function returnValue(registers: Int32Array): number {
  return registers[R0]! >>> 0;
}
