// The HTML report of a run, written to a file: with the contents of all maps, the source that ran, and what the cards say.
import { checkPrepared, defaultMode, prepareCheck } from '../nic/offload/check.js';
import type { OffloadResult } from '../nic/offload/reason.js';
import { annotateSource } from '../report/covered/source.js';
import { htmlReport, type OffloadVerdict } from '../report/html/html.js';
import type { Report } from '../report/report.js';
import { nicModels } from './commands/nics-files.js';
import type { PreparedRun } from './prepared-run.js';
import { mapSummaries } from './session-maps.js';
import { openSink } from './terminal.js';
import { version } from './version.js';

/** Writes the file. Throws InputError `output` where it cannot be written. */
export function writeHtml(path: string, report: Report, { session, file, program, terminal }: PreparedRun): void {
  const maps = mapSummaries(session, file.object, true);
  const source = session.counts === undefined ? undefined : annotateSource(session.counts);
  const prepared = prepareCheck(file.object, program);
  const offload = nicModels().map(model => verdictOf(checkPrepared(prepared, model, defaultMode(model))));
  const sink = openSink(path, terminal);
  for (const piece of htmlReport({ ...report, maps }, { source, offload, version: version() })) sink.write(piece);
  sink.close();
}

function verdictOf({ nic, mode, accepted, reasons }: OffloadResult): OffloadVerdict {
  return { nic: `${nic}, ${mode}`, isAccepted: accepted, reasons: reasons.map(({ message }) => message) };
}
