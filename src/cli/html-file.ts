// The HTML report of a run, written to a file: with the contents of all maps, the source that ran, and what the cards say.
import type { NicModel } from '../nic/model.js';
import {
  checkPrepared,
  defaultMode,
  isOpen,
  type PreparedProgram,
  prepareCheck,
  prepareVerified,
} from '../nic/offload/check.js';
import type { OffloadResult, Reason } from '../nic/offload/reason.js';
import { annotateSource, plainName } from '../report/covered/source.js';
import type { OffloadReason, OffloadVerdict } from '../report/html/cards.js';
import { htmlReport } from '../report/html/html.js';
import { SHOWN_ENTRIES } from '../report/html/maps.js';
import { dumpMap } from '../report/map-dump.js';
import type { Report } from '../report/report.js';
import { nicModels } from './commands/nics-files.js';
import type { PreparedRun } from './prepared-run.js';
import { openSink } from './terminal.js';
import { version } from './version.js';

/** Writes the file. Throws InputError `output` where it cannot be written. */
export function writeHtml(path: string, report: Report, { session, file, program, terminal }: PreparedRun): void {
  const dumps = [...session.maps.values()].map(map => dumpMap(map, file.object.btf, SHOWN_ENTRIES));
  const maps = report.maps.map((map, at) => ({ ...map, dump: dumps[at]! }));
  const source = session.counts === undefined ? undefined : annotateSource(session.counts);
  const quick = prepareCheck(file.object, program);
  const models = nicModels();
  const check = (prepared: PreparedProgram) => models.map(model => checkPrepared(prepared, model, defaultMode(model)));
  const first = check(quick);
  const results = first.some(isOpen) ? check(prepareVerified(quick)) : first;
  const offload = models.map((model, at) => verdictOf(model, results[at]!));
  const sink = openSink(path, terminal);
  for (const piece of htmlReport({ ...report, maps }, { source, offload, version: version() })) sink.write(piece);
  sink.close();
}

function verdictOf(model: NicModel, { mode, accepted, reasons }: OffloadResult): OffloadVerdict {
  return { nic: model.name, title: model.title, mode, isAccepted: accepted, reasons: reasons.map(reasonOf) };
}

function reasonOf({ message, source, map }: Reason): OffloadReason {
  const place = source === undefined ? map : `${plainName(source.file)}:${source.line}`;
  return place === undefined ? { message } : { message, place };
}
