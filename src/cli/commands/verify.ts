// `xdpsim verify`: would Linux load these programs, and if not, why.

import type { ObjectSpec, OtherProgram } from '../../object/spec.js';
import {
  type VerifiedObject,
  verificationJson,
  verificationSarif,
  verificationText,
} from '../../report/verification.js';
import { unloadable, verify as verifyProgram } from '../../verifier/verify.js';
import { eachObject, type FailedObject, failureLines } from '../each-object.js';
import { EXIT, type ExitCode, ExitError } from '../exit.js';
import { loadOptionsOf } from '../load-options.js';
import { chooseProgram, matchingPrograms, readObjectFile } from '../object-file.js';
import { openSink, type Terminal } from '../terminal.js';
import { version } from '../version.js';
import type { VerifyOptions } from './verify-options.js';

/**
 * Runs the command. A file that cannot be read or loaded is named on stderr and the others are still verified; the worst exit code wins.
 * Exit 3 where a program is rejected.
 */
export function verify(options: VerifyOptions, terminal: Terminal): ExitCode {
  const { done: verified, failed, worst } = eachObject(options.object, terminal, path => verifyObject(path, options));
  const sink = openSink(options.output, terminal);
  sink.write(answer(verified, failed, options));
  sink.close();
  const isGood = verified.every(({ programs }) => programs.every(({ verification }) => verification.accepted));
  return isGood ? worst : EXIT.rejected;
}

function verifyObject(path: string, options: VerifyOptions): VerifiedObject {
  const loading = loadOptionsOf(options);
  const { object } = readObjectFile(path, { ...loading, eachAlone: true });
  const others = object.otherPrograms.filter(other => isMeant(other, options));
  requireXdp(object, others, options);
  const programs = matchingPrograms(object, options).map(program => ({
    name: program.name,
    section: program.section,
    verification: verifyProgram(object, program, {
      log: options.log ? 'verbose' : 'none',
      kernelTypes: loading.targetBtf,
    }),
  }));
  const broken = others.filter(({ type }) => type === 'xdp');
  return {
    object: object.fileName,
    programs: [
      ...programs,
      ...broken.map(({ name, section, reason }) => ({ name, section, verification: unloadable(reason) })),
    ],
    others: others.filter(({ type }) => type !== 'xdp'),
  };
}

function isMeant({ name, section }: OtherProgram, choice: VerifyOptions): boolean {
  return (choice.program ?? name) === name && (choice.section ?? section) === section;
}

/** Says why there is nothing to verify: no such program, or none of a type that is verified here. */
function requireXdp(object: ObjectSpec, others: readonly OtherProgram[], choice: VerifyOptions): void {
  if (others.some(({ type }) => type === 'xdp')) return;
  const isChosen = choice.program !== undefined || choice.section !== undefined;
  if (matchingPrograms(object, choice).length > 0 || others.length === 0 || (object.programs.length > 0 && !isChosen)) {
    chooseProgram(object, choice);
    return;
  }
  const list = others.map(({ name, section, reason }) => `${name} (${section}) is ${reason}`).join(', ');
  const what = isChosen ? 'not judged' : 'no XDP program in it';
  throw new ExitError(isChosen ? EXIT.usage : EXIT.rejected, `${object.fileName}: ${what}: ${list}`);
}

function answer(verified: readonly VerifiedObject[], failed: readonly FailedObject[], options: VerifyOptions): string {
  const space = options.pretty ? 2 : 0;
  if (options.sarif) return `${JSON.stringify(verificationSarif(verified, version()), null, space)}\n`;
  if (options.json || options.pretty) {
    const lines = verified.map(item => `${JSON.stringify(verificationJson(item), null, space)}\n`);
    return lines.join('') + failureLines(failed, space);
  }
  return verified.map(verificationText).join('');
}
