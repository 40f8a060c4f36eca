// `xdpsim conformance`: the RFC 9669 implementation report.
import type { Engine } from '../../engine/engine.js';
import { isConforming, type ReportedEngine, conformance as report } from '../../report/conformance/conformance.js';
import { writeObjectFile } from '../../report/conformance/object-file.js';
import { conformanceJson, conformanceMarkdown, conformanceText } from '../../report/conformance/print.js';
import { loadEngine } from '../engine-choice.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSink, type Terminal } from '../terminal.js';
import type { ConformanceOptions } from './conformance-options.js';

const FORMATS = {
  text: conformanceText,
  markdown: conformanceMarkdown,
  json: (value: ReturnType<typeof report>) => `${JSON.stringify(conformanceJson(value), null, 2)}\n`,
} as const;

/** Runs the command; the exit code is 1 where a vector failed. */
export async function conformance(options: ConformanceOptions, terminal: Terminal): Promise<ExitCode> {
  const names = [...new Set(options.engine)];
  const engines = await Promise.all(names.map(loadEngine));
  const value = report(engines.map(reported));
  const sink = openSink(options.output, terminal);
  sink.write(FORMATS[options.format](value));
  sink.close();
  return isConforming(value) ? EXIT.ok : EXIT.negative;
}

/** Linux gets object files, as it does from everyone. */
function reported(engine: Engine): ReportedEngine {
  return engine.name === 'kernel' ? { engine, objectBytes: writeObjectFile } : { engine };
}
