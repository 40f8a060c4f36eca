// Published against predicted, for every calibration row.
import { DEFAULT_ENGINE_OPTIONS, type Engine, type Packet } from '../../engine/engine.js';
import type { ObjectSpec } from '../../object/spec.js';
import { InternalError } from '../../support/errors.js';
import { type PacketCost, pathCostsOf } from '../cost/cost.js';
import { hostFrameOf } from '../cost/host.js';
import { type Load, predict } from '../cost/law.js';
import { PathReader, type PathStep } from '../cost/path.js';
import type { NicModel } from '../model.js';
import { calibrationFrame } from './frames.js';
import { CALIBRATION_ROWS, type CalibrationRow, type ProgramPlace } from './rows.js';

/** A row and what the model says about it. */
export interface ValidatedRow {
  readonly model: string;
  readonly row: string;
  readonly use: 'fit' | 'validation';
  readonly publishedMpps: number;
  readonly predictedMpps: number;
  /** Positive where too much is predicted. */
  readonly errorPercent: number;
  readonly source: string;
  /** Which limit binds. */
  readonly binding: string;
  readonly cyclesPerPacket: number | null;
  /** Least and most Mpps, where there are two ways of counting. */
  readonly bracketMpps: readonly [number, number] | null;
  readonly packet: string;
  readonly state: string;
}

/** Where models, objects and an engine that notes ways come from. */
export interface ValidationSources {
  readonly model: (name: string) => NicModel;
  readonly object: (name: ProgramPlace['object']) => ObjectSpec;
  readonly engine: Engine;
}

/** Predicts every row of the given models, all without; in the order of the table. */
export function validateModels(sources: ValidationSources, models?: readonly string[]): readonly ValidatedRow[] {
  const rows = CALIBRATION_ROWS.filter(({ model }) => models === undefined || models.includes(model));
  return rows.map(row => validateRow(row, sources));
}

function validateRow(row: CalibrationRow, sources: ValidationSources): ValidatedRow {
  const model = sources.model(row.model);
  const load = loadOf(row, model, sources);
  const prediction = predict(model, load);
  if (prediction === undefined) throw new InternalError(`expected a limit for ${row.model}: ${row.row}`);
  const predictedMpps = prediction.packetsPerSecond / 1e6;
  const { use, publishedMpps, source, state } = row;
  return {
    model: row.model,
    row: row.row,
    use,
    publishedMpps,
    predictedMpps: rounded(predictedMpps, 3),
    errorPercent: rounded((predictedMpps / publishedMpps - 1) * 100, 2),
    source,
    binding: prediction.binding.name,
    cyclesPerPacket: load.cost === undefined ? null : rounded(load.cost.cycles, 1),
    bracketMpps: bracketOf(model, load),
    packet: row.frame,
    state,
  };
}

function loadOf(row: CalibrationRow, model: NicModel, sources: ValidationSources): Load {
  const bytes = calibrationFrame(row.frame);
  const fixed = { frameLengthBytes: bytes.byteLength, cores: row.cores };
  if (row.cyclesPerPacket !== undefined)
    return { ...fixed, cost: { cycles: row.cyclesPerPacket, memories: {}, missing: [] } };
  if (row.program === undefined) return fixed;
  const { path, returnValue } = runOnce(row.program, bytes, sources);
  const costs = pathCostsOf(model);
  const hasEarlyExit = row.hasEarlyExit ?? true;
  if (costs !== undefined) {
    return { ...fixed, cost: costs.costOf(path, { lengthBytes: bytes.byteLength, returnValue, hasEarlyExit }) };
  }
  const setup = { cores: row.cores ?? 1, receiveDescriptors: row.receiveDescriptors ?? 1024, countsStackDrop: true };
  return { ...fixed, host: { frame: hostFrameOf(path, returnValue), setup } };
}

/** The path of one packet, met by maps as the row states them. */
function runOnce(
  place: ProgramPlace,
  bytes: Uint8Array,
  { object, engine }: ValidationSources,
): { readonly path: readonly PathStep[]; readonly returnValue: number } {
  const spec = object(place.object);
  const session = engine.open(spec, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } });
  try {
    for (const { map, key, value } of place.entries ?? []) session.maps.get(map)?.update(hex(key), [hex(value)], 0);
    const packet: Packet = { bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };
    const [result] = session.run(place.program, [packet]);
    if (result?.way === undefined || result.fault !== undefined) {
      throw new InternalError(
        `expected ${place.object} ${place.program} to run: ${result?.fault?.message ?? 'no way'}`,
      );
    }
    return { path: new PathReader(spec).pathOf(result.way), returnValue: result.returnValue };
  } finally {
    session.close();
  }
}

function bracketOf(model: NicModel, load: Load): readonly [number, number] | null {
  const { cost } = load;
  if (cost?.bracket === undefined) return null;
  const mpps = (cycles: number): number => {
    const changed: PacketCost = { ...cost, cycles };
    return rounded((predict(model, { ...load, cost: changed })?.packetsPerSecond ?? 0) / 1e6, 3);
  };
  return [mpps(cost.bracket[1]), mpps(cost.bracket[0])];
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], byte => Number.parseInt(byte, 16));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Median of the absolute errors, in percent; undefined without rows. */
export function medianError(rows: readonly ValidatedRow[]): number | undefined {
  const errors = rows.map(({ errorPercent }) => Math.abs(errorPercent)).sort((a, b) => a - b);
  const middle = errors.length / 2;
  if (errors.length === 0) return undefined;
  return errors.length % 2 === 1 ? errors[Math.floor(middle)]! : (errors[middle - 1]! + errors[middle]!) / 2;
}
