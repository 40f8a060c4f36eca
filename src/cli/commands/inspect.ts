// `xdpsim inspect`: what is in object files.
import type { ObjectSpec, ProgramSpec } from '../../object/spec.js';
import { inspectionJson, inspectionText, relocationsText } from '../../report/inspection.js';
import { programListing } from '../../report/listing.js';
import { registerRanges } from '../../report/ranges.js';
import { eachObject, failureLines } from '../each-object.js';
import type { ExitCode } from '../exit.js';
import { loadOptionsOf } from '../load-options.js';
import { chooseProgram, matchingPrograms, readObjectsWithin } from '../object-file.js';
import { openSink, type Sink, type Terminal } from '../terminal.js';
import type { InspectOptions } from './inspect-options.js';

/** Runs the command. A file that cannot be read or loaded is named on stderr and the others are still shown; the worst exit code wins. */
export function inspect(options: InspectOptions, terminal: Terminal): ExitCode {
  const sink = openSink(options.output, terminal);
  const isJson = options.json || options.pretty;
  const { failed, worst } = eachObject(options.object, terminal, (path, index) => {
    if (index > 0 && !isJson) sink.write('\n');
    inspectOne(path, options, sink);
  });
  if (isJson) sink.write(failureLines(failed, options.pretty ? 2 : 0));
  sink.close();
  return worst;
}

function inspectOne(path: string, options: InspectOptions, sink: Sink): void {
  readObjectsWithin(path, loadOptionsOf(options)).forEach(({ object }, index) => {
    if (index > 0 && !options.json && !options.pretty) sink.write('\n');
    inspectObject(object, options, sink);
  });
}

function inspectObject(object: ObjectSpec, options: InspectOptions, sink: Sink): void {
  const programs = chosenPrograms(object, options);
  if (options.json || options.pretty) {
    sink.write(`${JSON.stringify(inspectionJson(object, programs), null, options.pretty ? 2 : 0)}\n`);
    return;
  }
  if (options.disassemble || options.ranges)
    sink.write(programs.map(program => listing(object, program, options)).join('\n'));
  else if (options.relocations) sink.write(relocationsText(object));
  else sink.write(inspectionText(object, programs));
}

function listing(object: ObjectSpec, program: ProgramSpec, options: InspectOptions): string {
  return programListing(program, options.ranges ? registerRanges(object, program) : undefined);
}

function chosenPrograms(object: ObjectSpec, options: InspectOptions): readonly ProgramSpec[] {
  if (options.program !== undefined || options.section !== undefined) chooseProgram(object, options);
  return matchingPrograms(object, options);
}
