// `xdpsim verify`: would Linux load these programs, and if not, why.
import {
  type VerifiedObject,
  verificationJson,
  verificationSarif,
  verificationText,
} from '../../report/verification.js';
import { InputError } from '../../support/errors.js';
import { verify as verifyProgram } from '../../verifier/verify.js';
import { EXIT, type ExitCode, ExitError, exitCodeOf } from '../exit.js';
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
  const verified: VerifiedObject[] = [];
  let worst: ExitCode = EXIT.ok;
  for (const path of options.object) {
    try {
      verified.push(verifyObject(path, options));
    } catch (error) {
      if (!(error instanceof InputError || error instanceof ExitError)) throw error;
      terminal.err(`xdpsim: ${error.message}\n`);
      worst = Math.max(worst, exitCodeOf(error)) as ExitCode;
    }
  }
  const sink = openSink(options.output, terminal);
  sink.write(answer(verified, options));
  sink.close();
  const isGood = verified.every(({ programs }) => programs.every(({ verification }) => verification.accepted));
  return isGood ? worst : EXIT.rejected;
}

function verifyObject(path: string, options: VerifyOptions): VerifiedObject {
  const { object } = readObjectFile(path, loadOptionsOf(options));
  chooseProgram(object, options);
  const programs = matchingPrograms(object, options).map(program => ({
    name: program.name,
    section: program.section,
    verification: verifyProgram(object, program, { log: options.log ? 'verbose' : 'none' }),
  }));
  return { object: object.fileName, programs };
}

function answer(verified: readonly VerifiedObject[], options: VerifyOptions): string {
  const space = options.pretty ? 2 : 0;
  if (options.sarif) return `${JSON.stringify(verificationSarif(verified, version()), null, space)}\n`;
  if (options.json || options.pretty) {
    return verified.map(item => `${JSON.stringify(verificationJson(item), null, space)}\n`).join('');
  }
  return verified.map(verificationText).join('');
}
