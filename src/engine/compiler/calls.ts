// Calls of helpers, of other functions of the program, and tail calls.
import type { Instruction } from '../../isa/instruction.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import type { FunctionWriter } from './function.js';
import { writeLookup } from './lookups/lookup.js';
import { writeRedirect } from './lookups/redirect.js';
import { pushContextWord } from './memory.js';
import { STATE } from './state.js';
import { I32 } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

const ARGUMENTS = 5;
const SECOND_NANOS = 1_000_000_000;

/** A call instruction, whatever it calls. */
export function writeCall(f: FunctionWriter, slot: number, { target }: Instruction & { kind: 'call' }): void {
  switch (target.kind) {
    case 'function':
      writeFunctionCall(f, slot, slot + 1 + target.offset);
      break;
    case 'kfunc':
      f.stop(slot, 'instruction');
      break;
    case 'helper':
      if (target.id === XDP_HELPERS.tail_call.id) writeTailCall(f, slot);
      else if (!writeInline(f, slot, target.id)) writeHelperCall(f, slot, target.id);
      break;
  }
}

function writeFunctionCall(f: FunctionWriter, slot: number, target: number): void {
  const { code, unit } = f;
  const { length } = f.program.instructions;
  if (f.place.kind === 'function') writeDepthCheck(f, slot);
  f.budget.flush();
  for (let register = 1; register <= ARGUMENTS; register++) f.push(register);
  f.pushFramePointer();
  code.i32(VERIFIER_LIMIT.MAX_STACK_BYTES);
  code.op(OP.i32_sub);
  code.call(unit.functionAt(target >= 0 && target < length ? target : length));
  f.pop(0);
  f.restoreProgramFrame();
  f.budget.read();
}

/** A program has MAX_CALL_FRAMES frames. */
function writeDepthCheck(f: FunctionWriter, slot: number): void {
  const { code } = f;
  f.pushFramePointer();
  code.i32(f.state);
  code.memory('i32_load', STATE.PROGRAM_FRAME);
  code.i32((VERIFIER_LIMIT.MAX_CALL_FRAMES - 1) * VERIFIER_LIMIT.MAX_STACK_BYTES);
  code.op(OP.i32_sub, OP.i32_le_u);
  f.stopIf(slot, 'depth');
}

/** Helpers that need no host. */
function writeInline(f: FunctionWriter, slot: number, id: number): boolean {
  const { code } = f;
  switch (id) {
    case XDP_HELPERS.map_lookup_elem.id: {
      const lookup = f.findings.lookup(slot);
      if (lookup === undefined || (f.unit.isChecked && !lookup.isKeyReadable)) return false;
      return writeLookup(f, lookup.map);
    }
    case XDP_HELPERS.redirect_map.id: {
      const redirect = f.findings.redirect(slot);
      return redirect !== undefined && writeRedirect(f, redirect.map, redirect.otherwise);
    }
    case XDP_HELPERS.get_smp_processor_id.id:
      code.i32(f.state);
      code.memory('i64_load32_u', STATE.CPU);
      f.pop(0);
      return true;
    case XDP_HELPERS.ktime_get_ns.id:
    case XDP_HELPERS.ktime_get_boot_ns.id:
    case XDP_HELPERS.ktime_get_coarse_ns.id:
    case XDP_HELPERS.ktime_get_tai_ns.id:
      code.i32(f.state);
      code.memory('i64_load', STATE.TIME);
      f.pop(0);
      return true;
    case XDP_HELPERS.jiffies64.id:
      code.i32(f.state);
      code.memory('i64_load', STATE.TIME);
      code.i64(Math.floor(SECOND_NANOS / f.unit.context.machine.host.kernel.ticksPerSecond));
      code.op(OP.i64_div_u);
      f.pop(0);
      return true;
    default:
      return false;
  }
}

/** Any helper, through the host: arguments and result go through the state block. */
function writeHelperCall(f: FunctionWriter, slot: number, id: number): void {
  const { code, unit } = f;
  const index = unit.context.helpers.indexOf(id);
  if (index === undefined) {
    f.stop(slot, 'instruction');
    return;
  }
  const { facts } = unit.context.helpers.helpers[index]!;
  const callsBack = facts.arguments.some(argument => argument.kind === 'callback');
  if (callsBack) f.budget.flush();
  storeArguments(f, facts.arguments.length);
  code.i32(index);
  f.pushFramePointer();
  code.call(unit.imports.helper);
  f.stopIf(slot, 'helper');
  code.i32(f.state);
  code.memory('i64_load', STATE.REGISTERS);
  f.pop(0);
  if (callsBack) f.budget.read();
  if (facts.changesPacketData) readBounds(f);
}

function storeArguments(f: FunctionWriter, count: number): void {
  for (let register = 1; register <= count; register++) {
    f.code.i32(f.state);
    f.push(register);
    f.code.memory('i64_store', STATE.REGISTERS + 8 * register);
  }
}

/** Brings the locals that hold the packet's bounds up to date. */
export function readBounds(f: FunctionWriter): void {
  if (f.bounds === undefined) return;
  const fields = [f.bounds.data, f.bounds.dataEnd, f.bounds.dataMeta];
  for (const [at, local] of fields.entries()) {
    pushContextWord(f, 4 * at);
    f.code.set(local);
  }
}

/** bpf_tail_call: this function's activation gives way to the other program, or nothing happens. */
function writeTailCall(f: FunctionWriter, slot: number): void {
  const { code, unit, place } = f;
  const target = f.local(I32);
  f.budget.flush();
  storeArguments(f, 3);
  f.pushFramePointer();
  code.call(unit.imports.tailCall);
  code.tee(target);
  code.i32(0);
  code.op(OP.i32_lt_s);
  f.stopIf(slot, 'helper');
  code.get(target);
  const found = code.if();
  code.i32(f.state);
  f.pushFramePointer();
  code.memory('i32_store', STATE.PROGRAM_FRAME);
  for (let register = 1; register <= ARGUMENTS; register++) f.push(register);
  f.pushFramePointer();
  code.get(target);
  if (place.kind === 'loop') {
    code.callIndirect(unit.bpfType);
    f.leave();
  } else code.returnCallIndirect(unit.bpfType);
  code.end(found);
}
