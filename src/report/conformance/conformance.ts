// The implementation report of RFC 9669: every row of the registry, the vectors that hold it, and what each engine made of them.
import { DEFAULT_ENGINE_OPTIONS, type Engine, type EngineName, type Session } from '../../engine/engine.js';
import { CONFORMANCE_GROUPS, type ConformanceGroup, OPERATIONS, type Operation } from '../../isa/table.js';
import type { ObjectSpec } from '../../object/spec.js';
import { InputError } from '../../support/errors.js';
import { type Case, parseCases } from './notation.js';
import { assembleCase, codeOf, HIGH, halvesOf, kernelFunctionsIn, LOW, objectOf, objectOfCase } from './program.js';
import { rowsOfCode } from './rows.js';
import { differencesFromCase, runOpened } from './run.js';
import { VECTOR_FILES } from './vectors.js';

/** What became of one vector on one engine. */
export type VectorStatus =
  /** It gave what it should. */
  | 'passed'
  | 'failed'
  /** Neither this engine nor Linux takes such an instruction in an XDP program, and this one said so. */
  | 'refused'
  /** Linux takes such an instruction; this engine does not, and said so. */
  | 'unsupported'
  /** The engine could not be asked. */
  | 'not run';

/** A vector on one engine. */
export interface VectorResult {
  readonly status: VectorStatus;
  /** What went otherwise, or why it was not run; empty where it passed. */
  readonly notes: readonly string[];
}

/** A vector of the report. */
export interface Vector {
  /** `file: name`. */
  readonly name: string;
  readonly item: Case;
  /** The rows of its instructions. */
  readonly rows: ReadonlySet<Operation>;
}

/** A row of the registry in the report. */
export interface RowReport {
  readonly row: Operation;
  /** The vectors that hold the row, those with the fewest rows besides it first. */
  readonly vectors: readonly Vector[];
  /** By engine. */
  readonly results: Readonly<Partial<Record<EngineName, RowResult>>>;
}

/** A row on one engine: its worst vector, where one failed; else its best. */
export interface RowResult {
  readonly status: VectorStatus | 'untested';
  readonly passed: number;
  readonly failed: number;
}

/** The whole report. */
export interface ConformanceReport {
  readonly engines: readonly EngineName[];
  readonly vectors: readonly Vector[];
  readonly rows: readonly RowReport[];
  /** By engine, in the order of `vectors`. */
  readonly results: Readonly<Partial<Record<EngineName, readonly VectorResult[]>>>;
}

/** An engine to report on, and how to give it an object where it needs the bytes of a file. */
export interface ReportedEngine {
  readonly engine: Engine;
  readonly objectBytes?: (object: ObjectSpec) => Uint8Array;
}

/** The vectors that are part of the package. */
export function embeddedVectors(): readonly Vector[] {
  return VECTOR_FILES.flatMap(({ file, text }) => parseCases(text, file)).map(item => ({
    name: `${item.file.replace(/\.case$/, '')}: ${item.name}`,
    item,
    rows: rowsOfCode(assembleCase(item.text, item.maps)),
  }));
}

/** Runs the vectors on each engine. An engine that cannot be used at all is reported as such. */
export function conformance(engines: readonly ReportedEngine[], vectors = embeddedVectors()): ConformanceReport {
  const results = Object.fromEntries(
    engines.map(reported => [reported.engine.name, runVectors(reported, vectors)] as const),
  );
  const names = engines.map(({ engine }) => engine.name);
  const rows = OPERATIONS.map(row => rowReport(row, vectors, names, results));
  return { engines: names, vectors, rows, results };
}

function rowReport(
  row: Operation,
  vectors: readonly Vector[],
  engines: readonly EngineName[],
  results: ConformanceReport['results'],
): RowReport {
  const at = [...vectors.keys()].filter(index => vectors[index]!.rows.has(row));
  const result = (engine: EngineName): RowResult => rowResult(at.map(index => results[engine]![index]!.status));
  return {
    row,
    vectors: at.map(index => vectors[index]!).sort((a, b) => a.rows.size - b.rows.size),
    results: Object.fromEntries(engines.map(engine => [engine, result(engine)])),
  };
}

const BEST_FIRST = ['passed', 'refused', 'unsupported', 'not run'] as const satisfies readonly VectorStatus[];

function rowResult(statuses: readonly VectorStatus[]): RowResult {
  const count = (status: VectorStatus) => statuses.filter(one => one === status).length;
  const failed = count('failed');
  const best = BEST_FIRST.find(status => statuses.includes(status));
  return { status: failed > 0 ? 'failed' : (best ?? 'untested'), passed: count('passed'), failed };
}

/** Vectors without maps share one session, which saves most of the time; where their object is refused, halves of it are tried. */
function runVectors(reported: ReportedEngine, vectors: readonly Vector[]): readonly VectorResult[] {
  const results = new Map<Vector, VectorResult>();
  const isPlain = ({ item }: Vector) => item.maps.length === 0 && item.expected.r0 !== undefined;
  runTogether(reported, vectors.filter(isPlain), results);
  for (const vector of vectors) {
    if (!results.has(vector)) results.set(vector, runAlone(reported, vector));
  }
  return vectors.map(vector => results.get(vector)!);
}

function runTogether(reported: ReportedEngine, vectors: readonly Vector[], results: Map<Vector, VectorResult>): void {
  if (vectors.length < 2) return;
  const object = objectOf(
    vectors.flatMap(({ item }, at) => {
      const [low, high] = halvesOf(item);
      const functions = kernelFunctionsIn(item.text);
      return [codeOf(`${LOW}${at}`, low, [], functions), codeOf(`${HIGH}${at}`, high, [], functions)];
    }),
  );
  const session = tryOpen(reported, object);
  if (session instanceof InputError) {
    if (session.code === 'engine-unavailable') {
      for (const vector of vectors) results.set(vector, { status: 'not run', notes: [session.message] });
      return;
    }
    const middle = vectors.length >> 1;
    runTogether(reported, vectors.slice(0, middle), results);
    runTogether(reported, vectors.slice(middle), results);
    return;
  }
  try {
    vectors.forEach((vector, at) => {
      results.set(
        vector,
        judge(vector, () => runOpened(session, vector.item, [`${LOW}${at}`, `${HIGH}${at}`])),
      );
    });
  } finally {
    session.close();
  }
}

function runAlone(reported: ReportedEngine, vector: Vector): VectorResult {
  const session = tryOpen(reported, objectOfCase(vector.item));
  if (session instanceof InputError) {
    if (NOT_ASKED.includes(session.code)) return { status: 'not run', notes: [session.message] };
    const isForOthers = reported.engine.name === 'kernel' && vector.item.expected.trap !== undefined;
    if (isForOthers && vector.item.expected.refused === undefined) {
      return {
        status: 'not run',
        notes: ['vectors that stop engines which lack an instruction say nothing about Linux'],
      };
    }
    return refusal(vector, session.message);
  }
  try {
    return judge(vector, () => runOpened(session, vector.item, [LOW, HIGH]));
  } finally {
    session.close();
  }
}

/** Errors that say nothing about the vector. */
const NOT_ASKED: readonly string[] = ['engine-unavailable', 'object-file'];

function tryOpen({ engine, objectBytes }: ReportedEngine, object: ObjectSpec): Session | InputError {
  try {
    const bytes = objectBytes === undefined ? {} : { objectBytes: objectBytes(object) };
    return engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, ...bytes });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

function judge(vector: Vector, run: () => Parameters<typeof differencesFromCase>[1]): VectorResult {
  try {
    const notes = differencesFromCase(vector.item, run());
    if (notes.length > 0) return { status: 'failed', notes };
    const { trap, r0 } = vector.item.expected;
    return r0 === undefined ? refusal(vector, trap?.message ?? '') : { status: 'passed', notes: [] };
  } catch (error) {
    if (error instanceof InputError) return refusal(vector, error.message);
    throw error;
  }
}

/** A vector that the engine does not take. */
function refusal({ item }: Vector, message: string): VectorResult {
  if (item.expected.refused !== undefined) return { status: 'refused', notes: [item.expected.refused] };
  return { status: item.expected.r0 === undefined ? 'unsupported' : 'failed', notes: [message] };
}

/** How many rows of a group ended how on an engine; `group` undefined: what Linux has beyond the RFC. */
export function groupCounts(
  report: ConformanceReport,
  group: ConformanceGroup | undefined,
  engine: EngineName,
): ReadonlyMap<RowResult['status'], number> {
  const counts = new Map<RowResult['status'], number>();
  for (const { row, results } of report.rows) {
    if (row.group !== group) continue;
    const { status } = results[engine]!;
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

/** The conformance groups in the order of the RFC; behind them undefined for what Linux has besides. */
export const REPORTED_GROUPS: readonly (ConformanceGroup | undefined)[] = [
  ...(Object.keys(CONFORMANCE_GROUPS) as ConformanceGroup[]),
  undefined,
];

/** Whether every vector that ran gave what it should. */
export function isConforming(report: ConformanceReport): boolean {
  return report.rows.every(({ results }) => Object.values(results).every(({ failed }) => failed === 0));
}
