// `xdpsim nics --validate` and `--predict`: published throughput against predicted, and a program of one's own under the same law.
import { existsSync } from 'node:fs';
import { createCompiler } from '../../engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../engine/engine.js';
import { createInterpreter } from '../../engine/interpreter/interpreter.js';
import { medianError, type ValidatedRow, validateModels } from '../../nic/calibration/validate.js';
import { type CapturePrediction, PathCollector } from '../../nic/cost/predict.js';
import type { NicModel } from '../../nic/model.js';
import { simulate } from '../../nic/simulate.js';
import { textTable } from '../../report/table.js';
import { InputError } from '../../support/errors.js';
import { chooseProgram, readObjectFile } from '../object-file.js';
import { packageFile } from '../package-files.js';
import { checkWhole, ethernetSource } from '../prepared-run.js';
import { readNicModel } from './nics-files.js';
import type { NicsOptions } from './nics-options.js';

const PROGRAMS = packageFile('test/programs');

/**
 * Predicts the published rows of one model, of all without one.
 * @throws InputError `calibration` where the programs of the rows are not there, or no row is about the model
 */
export function validate(modelName: string | undefined): readonly ValidatedRow[] {
  const rows = validateModels(
    { model: cached(readNicModel), object: cached(calibrationObject), engine: createInterpreter() },
    modelName === undefined ? undefined : [modelName],
  );
  if (rows.length > 0) return rows;
  throw new InputError('calibration', `--validate: no published row is about ${modelName}`);
}

function calibrationObject(name: string): ReturnType<typeof readObjectFile>['object'] {
  const path = `${PROGRAMS}/${name}.o`;
  if (!existsSync(path))
    throw new InputError('calibration', `--validate: the programs of the rows are not there: ${path}`);
  return readObjectFile(path).object;
}

function cached<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return name => {
    const value = known.get(name) ?? make(name);
    known.set(name, value);
    return value;
  };
}

/** The rows as a table, a line of medians for each model, and the misses that are known. */
export function validationText(rows: readonly ValidatedRow[]): string {
  const heading = ['model', 'row', 'use', 'published', 'predicted', 'error', 'bound by', 'cycles', 'bracket'];
  const table = textTable(heading, rows.map(cells), '<<<>>><>>');
  const models = [...new Set(rows.map(({ model }) => model))];
  const medians = models.flatMap(model =>
    medianLines(
      model,
      rows.filter(row => row.model === model),
    ),
  );
  const misses = rows.filter(
    ({ use, errorPercent }) => use === 'validation' && Math.abs(errorPercent) > KNOWN_MISS_PERCENT,
  );
  const missLines = misses.map(({ model, row, errorPercent }) => `  ${model}: ${row}: ${percent(errorPercent)}`);
  const missText = missLines.length === 0 ? 'none' : `\n${missLines.join('\n')}`;
  return `${table}\n\nmedian error\n${medians.join('\n')}\n\nmisses above ${KNOWN_MISS_PERCENT} %: ${missText}\n`;
}

const KNOWN_MISS_PERCENT = 15;

function cells(row: ValidatedRow): readonly string[] {
  return [
    row.model,
    row.row,
    row.use,
    row.publishedMpps.toFixed(2),
    row.predictedMpps.toFixed(2),
    percent(row.errorPercent),
    row.binding,
    row.cyclesPerPacket?.toFixed(1) ?? '',
    row.bracketMpps?.map(mpps => mpps.toFixed(2)).join(' to ') ?? '',
  ];
}

function medianLines(model: string, rows: readonly ValidatedRow[]): readonly string[] {
  const median = (use: ValidatedRow['use']): string => {
    const value = medianError(rows.filter(row => row.use === use));
    return value === undefined ? 'none' : `${value.toFixed(2)} %`;
  };
  return [`  ${model}: validation ${median('validation')}, fit ${median('fit')}`];
}

function percent(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(1)} %`;
}

/** Whether a model can be asked for predictions at all. */
export function predictable({ engine, host }: NicModel): boolean {
  return engine.kind !== undefined || host.dropNanos !== undefined;
}

/** What `--predict` answers. */
export interface ObjectPrediction extends CapturePrediction {
  readonly model: string;
  readonly object: string;
  readonly program: string;
  readonly capture: string;
  readonly cores: number;
  /** The least of the limits; null where the model states none. */
  readonly predictedMpps: number | null;
  readonly binding: string | null;
}

/**
 * Runs an object over a capture and predicts its throughput.
 * @throws InputError `option` where something is not given, `no-packets` where no packet reaches the program, and whatever loading and reading throw
 */
export async function predictObject(path: string, options: NicsOptions): Promise<ObjectPrediction> {
  if (options.model === undefined) throw new InputError('option', '--predict: say on which model');
  if (options.read === undefined) throw new InputError('option', '--predict: say which packets with -r');
  checkWhole('cores', options.cores, 1, 4096);
  checkWhole('ring', options.ring, 1, 1 << 20);
  const model = readNicModel(options.model);
  if (!predictable(model)) throw new InputError('option', `--predict: ${model.name} has no figures of speed`);
  const { object } = readObjectFile(path);
  const program = chooseProgram(object, options);
  const cores = options.cores ?? model.engine.cores ?? model.host.cores ?? 1;
  const collector = new PathCollector(model, object, {
    cores,
    receiveDescriptors: options.ring ?? model.rings.receiveDescriptors ?? 1024,
    isCompressed: options.compression,
  });
  let lost: string | undefined;
  const session = createCompiler().open(object, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } });
  try {
    await simulate({
      session,
      program: program.name,
      model,
      sources: [ethernetSource(options.read, false, () => {})],
      onPacket: ({ bytes, originalLengthBytes, dropReason }, result) => {
        if (result === undefined) lost ??= dropReason;
        else collector.add(originalLengthBytes, originalLengthBytes + result.bytes.length - bytes.length, result);
      },
    });
  } finally {
    session.close();
  }
  if (collector.packets === 0) throw nothingToPredictFrom(options.read, lost);
  const prediction = collector.result(cores);
  const [binding] = prediction.limits;
  const place = { model: model.name, object: path, program: program.name, capture: options.read, cores };
  const predictedMpps = binding === undefined ? null : Math.round(binding.packetsPerSecond / 1e3) / 1e3;
  return { ...place, predictedMpps, binding: binding?.name ?? null, ...prediction };
}

function nothingToPredictFrom(capture: string, lost: string | undefined): InputError {
  const why = lost === undefined ? 'it holds none' : `none reaches the program: ${lost}`;
  return new InputError('no-packets', `--predict: ${capture}: no packet to predict from: ${why}`);
}

/** The prediction as text: the rate, the limits, the ways. */
export function predictionText(prediction: ObjectPrediction): string {
  const { model, program, packets, predictedMpps, binding, limits, paths, missing, unpaced } = prediction;
  const head = `${program} on ${model}: ${predictedMpps?.toFixed(2) ?? 'unknown'} Mpps, bound by ${binding ?? 'nothing known'}`;
  const shown = paths.slice(0, SHOWN_PATHS);
  const rows = shown.map(path => [
    String(path.packets),
    path.action,
    String(path.instructions),
    path.cycles?.toFixed(1) ?? '',
    path.bracketCycles?.map(cycles => cycles.toFixed(1)).join(' to ') ?? '',
    path.nanos?.toFixed(1) ?? '',
    path.end ?? '',
  ]);
  const heading = ['packets', 'action', 'instructions', 'cycles', 'bracket', 'ns', 'ends at'];
  return [
    `${head}; ${packets} packets`,
    textTable(
      ['limit', 'Mpps'],
      limits.map(({ name, packetsPerSecond }) => [name, (packetsPerSecond / 1e6).toFixed(2)]),
      '<>',
    ),
    textTable(heading, rows, '><>>>><'),
    ...(paths.length > shown.length ? [`and ${paths.length - shown.length} more ways`] : []),
    ...(missing.length > 0 ? [`not counted: ${missing.join('; ')}`] : []),
    ...(unpaced === null ? [] : [unpaced]),
    '',
  ].join('\n');
}

const SHOWN_PATHS = 20;
