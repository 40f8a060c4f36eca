// The module of one program: its packet loop, or its main function for tail calls, and every function that these reach.
import type { BoundProgram } from '../../machine/machine.js';
import { FunctionWriter } from './function.js';
import { type Feed, writePacketLoop } from './packets/feed.js';
import { STATE } from './state.js';
import { Unit, type UnitContext } from './unit.js';
import { CodeWriter, I32 } from './wasm/code.js';

/** What a module exports: `run`, the packet loop; `main`, with BPF_SIGNATURE; functions by slot as `f12`; and `callback`. */
export interface ModulePlan {
  /** Of the packet loop, undefined for none. */
  readonly feed: Feed | undefined;
  readonly hasMain: boolean;
  /** Slots of functions whose addresses the program takes. */
  readonly addressTaken: readonly number[];
}

/** The bytes of a module; the same for the same program and machine. */
export function emitModule(context: UnitContext, program: BoundProgram, plan: ModulePlan): Uint8Array {
  const unit = new Unit(context, program);
  if (plan.feed !== undefined) writePacketLoop(unit, plan.feed);
  if (plan.hasMain) unit.module.exportFunction('main', unit.functionAt(0));
  for (const slot of plan.addressTaken) unit.module.exportFunction(`f${slot}`, unit.functionAt(slot));
  if (plan.addressTaken.length > 0) writeCallback(unit);
  for (let item = unit.pending.pop(); item !== undefined; item = unit.pending.pop()) {
    const code = new CodeWriter(6);
    new FunctionWriter(unit, code, item.slot, { kind: 'function', framePointer: 5 }, undefined).write();
    unit.module.defineFunction(item.index, code.finish());
  }
  return unit.module.finish();
}

/** callback(index in the table, frame pointer): arguments and result are in the state block. */
function writeCallback(unit: Unit): void {
  const index = unit.module.declareFunction({ parameters: [I32, I32], results: [] });
  const code = new CodeWriter(2);
  const { stateAddress } = unit.context;
  code.i32(stateAddress);
  for (let register = 1; register <= 5; register++) {
    code.i32(stateAddress);
    code.memory('i64_load', STATE.REGISTERS + 8 * register);
  }
  code.get(1);
  code.get(0);
  code.callIndirect(unit.bpfType);
  code.memory('i64_store', STATE.REGISTERS);
  unit.module.defineFunction(index, code.finish());
  unit.module.exportFunction('callback', index);
}
