// The library's named exports. It takes bytes and gives values; only `openCapture` and the kernel engine touch the machine it runs on.
export type { Btf } from './btf/btf.js';
export { parseBtf } from './btf/parse.js';
export type { Capture, CaptureInfo, CaptureWarning, Frame } from './capture/frame.js';
export { openCapture } from './capture/open.js';
export { captureFrom, readCapture } from './capture/read.js';
export { PcapngWriter, PcapWriter } from './capture/write.js';
export { parseElf } from './elf/parse.js';
export {
  DEFAULT_ENGINE_OPTIONS,
  type Engine,
  type EngineOptions,
  type Packet,
  type Result,
  type Session,
} from './engine/engine.js';
export { createInterpreter } from './engine/interpreter/interpreter.js';
export { createKernelEngine, kernelUnavailableReason } from './engine/kernel/kernel.js';
export { assemble } from './isa/assemble.js';
export { decodeProgram } from './isa/decode.js';
export { disassemble, disassembleProgram } from './isa/disassemble.js';
export type { Instruction } from './isa/instruction.js';
export type { PacketEvent, Redirect } from './machine/events.js';
export type { Fault } from './machine/fault.js';
export type { MapAccess, MapEntry } from './machine/map.js';
export { Accounting } from './nic/accounting.js';
export { type NicModel, parseNicModel, TEST_RUN_MODEL } from './nic/model.js';
export { type Simulation, simulate } from './nic/simulate.js';
export { type LoadOptions, loadObject } from './object/load.js';
export type { MapSpec, ObjectSpec, ProgramSpec } from './object/spec.js';
export { type Report, reportJson } from './report/report.js';
export { reportText } from './report/text.js';
export { InputError } from './support/errors.js';
