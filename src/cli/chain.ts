// Several objects on the command line: their programs run as a chain, as libxdp's dispatcher runs them on one interface.
import { type ChainLink, chainSession, MAX_CHAIN_LINKS } from '../engine/chain.js';
import { DEFAULT_RUN_CONFIG } from '../object/run-config.js';
import type { ObjectSpec } from '../object/spec.js';
import { InputError } from '../support/errors.js';
import { type EngineFor, type PreparedRun, prepareRuns } from './prepared-run.js';
import type { RunArguments } from './run-arguments.js';
import { preloadMaps } from './session-maps.js';
import type { Terminal } from './terminal.js';

/**
 * Prepares a run over the first program of each object, ordered by priority (`.xdp_run_config`, 50 without one).
 * @throws InputError and ExitError as `prepareRun` does; InputError `option` for what only one object can be asked
 */
export function prepareChain(
  paths: readonly string[],
  options: RunArguments,
  terminal: Terminal,
  engineFor: EngineFor,
): PreparedRun {
  checkChain(paths, options);
  const runs = prepareRuns(paths, { ...options, quiet: true }, terminal, engineFor);
  const [first] = runs;
  const session = chainSession(runs.map(linkOf));
  const object = chainedObject(runs.map(({ file }) => file.object));
  const program = { ...first!.program, name: runs.map(run => run.program.name).join(' > ') };
  preloadMaps(session, object, first!.maps);
  return {
    ...first!,
    options,
    session,
    program,
    file: { ...first!.file, object },
    notes: first!.notes.with(options.quiet),
  };
}

function checkChain(paths: readonly string[], { program, section }: RunArguments): void {
  if (paths.length > MAX_CHAIN_LINKS) {
    throw new InputError('option', `${paths.length} objects: a dispatcher holds ${MAX_CHAIN_LINKS} programs at most`);
  }
  if (program !== undefined || section !== undefined) {
    throw new InputError(
      'option',
      '-n and -s choose a program of one object; of several, the first program of each runs',
    );
  }
}

function linkOf({ session, program, file }: PreparedRun): ChainLink {
  const { priority, chainCallActions } = program.runConfig ?? DEFAULT_RUN_CONFIG;
  return { session, program: program.name, object: file.object.fileName, priority, chainCallActions };
}

/** What reports say of the chain as a whole. Types differ from object to object, so that maps are shown as bytes. */
function chainedObject(objects: readonly ObjectSpec[]): ObjectSpec {
  return {
    ...objects[0]!,
    fileName: objects.map(object => object.fileName).join(' > '),
    programs: objects.flatMap(object => object.programs),
    maps: objects.flatMap(object => object.maps),
    warnings: objects.flatMap(object => object.warnings.map(warning => `${object.fileName}: ${warning}`)),
    btf: undefined,
  };
}
