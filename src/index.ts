// The library's named exports. It takes bytes and gives values; only `openCapture` and the kernel engine touch the machine it runs on.
export type { Btf } from './btf/btf.js';
export { parseBtf } from './btf/parse.js';
export type { Capture, CaptureInfo, CaptureWarning, Frame } from './capture/frame.js';
export { openCapture, passCapture } from './capture/open.js';
export { captureFrom, readCapture } from './capture/read.js';
export { PcapngWriter, PcapWriter } from './capture/write.js';
export { parseElf } from './elf/parse.js';
export { createCompiler } from './engine/compiler/compiler.js';
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
export type { ObserveOptions, SlotCounts, Step, Way } from './engine/observe.js';
export { assemble } from './isa/assemble.js';
export { decodeProgram } from './isa/decode.js';
export { disassemble, disassembleProgram } from './isa/disassemble.js';
export type { Instruction } from './isa/instruction.js';
export type { PacketEvent, Redirect } from './machine/events.js';
export type { Fault } from './machine/fault.js';
export type { MapAccess, MapEntry } from './machine/map.js';
export { Accounting } from './nic/accounting.js';
export { type CountingOutcome, type CountingRun, countPackets } from './nic/count.js';
export { type NicModel, parseNicModel, TEST_RUN_MODEL } from './nic/model.js';
export { type FrameSource, type ObservedPacket, type Simulation, simulate } from './nic/simulate.js';
export {
  type Arrival as TimedArrival,
  simulateTimed,
  type TimedOutcome,
  type TimedReport,
  type TimedSimulation,
} from './nic/timed/simulate-timed.js';
export { type LoadOptions, loadObject } from './object/load.js';
export type { MapSpec, ObjectSpec, ProgramSpec } from './object/spec.js';
export {
  type ConformanceReport,
  conformance,
  isConforming,
  type ReportedEngine,
} from './report/conformance/conformance.js';
export { writeObjectFile } from './report/conformance/object-file.js';
export { conformanceJson, conformanceMarkdown, conformanceText } from './report/conformance/print.js';
export { type Coverage, type CoverageTotals, coverageOf, type Ratio } from './report/covered/coverage.js';
export { lcovText } from './report/covered/lcov.js';
export { annotateSource, type CoveredFile, type CoveredLine } from './report/covered/source.js';
export { coverageText } from './report/covered/text.js';
export { type Decision, Decisions } from './report/decision.js';
export { type Difference, DifferenceCollector, differenceText, mapDifferences } from './report/difference.js';
export { formatReport } from './report/formats.js';
export type { OffloadReason, OffloadVerdict } from './report/html/cards.js';
export { type HtmlExtras, htmlReport } from './report/html/html.js';
export { dumpMap, type MapDump } from './report/map-dump.js';
export { packetChanges } from './report/packet-change.js';
export { packetLine } from './report/packet-line.js';
export {
  countersOf,
  type MapSummary,
  type NicReport,
  programRuns,
  type Report,
  type ReportOptions,
  reportJson,
} from './report/report.js';
export { packetLineSchema, reportSchema } from './report/report-schema.js';
export { reportText } from './report/text.js';
export { type HelperCall, Tracer, type TraceStep } from './report/trace/tracer.js';
export { Traffic, type TrafficSummary } from './report/traffic.js';
export { type Condition, type Fields, parseCondition } from './report/where.js';
export { InputError } from './support/errors.js';
export { type Arrival, Filter, FilterMap, type FilterOptions } from './testing/filter.js';
export { Campaign, type CampaignOptions, type CampaignState } from './testing/fuzz/campaign.js';
export type { Finding as FuzzFinding } from './testing/fuzz/finding.js';
export { type FuzzInput, type FuzzTarget, packetOperation } from './testing/fuzz/input.js';
export { type Invariant, parseInvariant } from './testing/fuzz/invariant.js';
export type { CaseResult, Failure, SpecResult } from './testing/spec/failure.js';
export { specJson, specJunit, specTap, specText } from './testing/spec/output.js';
export { readSpec } from './testing/spec/read.js';
export { runSpec, type SpecSurroundings } from './testing/spec/run.js';
export { specSchema } from './testing/spec/schema.js';
export type { TestSpec } from './testing/spec/spec.js';
export { generateTraffic, type MixPart, type TrafficOptions } from './traffic/generate.js';
export { LabelCounter, type LabelScore, labelComment, labelOf } from './traffic/labels.js';
export type { ProfileName } from './traffic/profiles.js';
export type { LabelledFrame } from './traffic/scenes.js';
export { writeTraffic } from './traffic/write.js';
export type { Finding, Verification, VerifiedProgram } from './verifier/finding.js';
export { type VerifyOptions, verify } from './verifier/verify.js';
