// `xdpsim conformance`: the RFC 9669 implementation report, of engines by testing or of a NIC model by what it declares.
import type { Engine } from '../../engine/engine.js';
import { isConforming, type ReportedEngine, conformance as report } from '../../report/conformance/conformance.js';
import { declaredBy, declaredJson, declaredMarkdown, declaredText } from '../../report/conformance/declared.js';
import { writeObjectFile } from '../../report/conformance/object-file.js';
import { conformanceJson, conformanceMarkdown, conformanceText } from '../../report/conformance/print.js';
import { loadEngine } from '../engine-choice.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSink, type Terminal } from '../terminal.js';
import type { ConformanceOptions } from './conformance-options.js';
import { readNicModel } from './nics-files.js';

const jsonLines = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

const TESTED = {
  text: conformanceText,
  markdown: conformanceMarkdown,
  json: (value: ReturnType<typeof report>) => jsonLines(conformanceJson(value)),
} as const;

const DECLARED = {
  text: declaredText,
  markdown: declaredMarkdown,
  json: (value: ReturnType<typeof declaredBy>) => jsonLines(declaredJson(value)),
} as const;

/** Runs the command; the exit code is 1 where a vector failed. */
export async function conformance(options: ConformanceOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.nic !== undefined) {
    writeAnswer(DECLARED[options.format](declaredBy(readNicModel(options.nic))), options, terminal);
    return EXIT.ok;
  }
  const engines = await Promise.all([...new Set(options.engine)].map(loadEngine));
  const value = report(engines.map(reported));
  writeAnswer(TESTED[options.format](value), options, terminal);
  return isConforming(value) ? EXIT.ok : EXIT.negative;
}

function writeAnswer(text: string, options: ConformanceOptions, terminal: Terminal): void {
  const sink = openSink(options.output, terminal);
  sink.write(text);
  sink.close();
}

/** Linux gets object files, as it does from everyone. */
function reported(engine: Engine): ReportedEngine {
  return engine.name === 'kernel' ? { engine, objectBytes: writeObjectFile } : { engine };
}
