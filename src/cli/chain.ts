// Several objects on the command line: their programs run as a chain, as libxdp's dispatcher runs them on one interface.
import { type ChainLink, chainSession, MAX_CHAIN_LINKS } from '../engine/chain.js';
import { DEFAULT_RUN_CONFIG } from '../object/run-config.js';
import type { MapSpec, ObjectSpec } from '../object/spec.js';
import { InputError } from '../support/errors.js';
import { EXIT, ExitError } from './exit.js';
import { type EngineFor, type PreparedRun, prepareRun } from './prepared-run.js';
import type { RunArguments } from './run-arguments.js';
import { parseMapRequest, preloadMaps } from './session-maps.js';
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
  const maps = options.map.map(parseMapRequest);
  const quiet = { ...options, map: [], quiet: true };
  const runs = paths.map(path => prepareRun(path, quiet, terminal, engineFor));
  const [first] = runs;
  const session = chainSession(runs.map(linkOf));
  const object = chainedObject(runs.map(({ file }) => file.object));
  const program = { ...first!.program, name: runs.map(run => run.program.name).join(' > ') };
  preloadMaps(session, object, maps);
  return {
    ...first!,
    options,
    maps,
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
    warnings: [
      ...objects.flatMap(object => object.warnings.map(warning => `${object.fileName}: ${warning}`)),
      ...pinnedMaps(objects),
    ],
    btf: undefined,
  };
}

/**
 * A warning for every map that several objects pin under one name: Linux would give them one map, here each has its own.
 * @throws ExitError where they differ, so that libbpf would not load the later object (bpf_object__reuse_map)
 */
export function pinnedMaps(objects: readonly ObjectSpec[]): string[] {
  const pinned = new Map<string, MapSpec>();
  const shared = new Set<string>();
  for (const { fileName, maps } of objects) {
    for (const map of maps.filter(({ pinning }) => pinning !== 'none')) {
      const first = pinned.get(map.name);
      if (first !== undefined && !isReusable(first, map)) throw mismatch(fileName, map);
      if (first !== undefined) shared.add(map.name);
      pinned.set(map.name, first ?? map);
    }
  }
  return [...shared].map(
    name => `map ${name} is pinned by several objects: Linux would share it, here each has its own`,
  );
}

function isReusable(a: MapSpec, b: MapSpec): boolean {
  return REUSED.every(name => a[name] === b[name]);
}

/** What has to be the same in a map that is used again (map_is_reuse_compat). */
const REUSED = ['type', 'keySizeBytes', 'valueSizeBytes', 'maxEntries', 'flags', 'extra'] as const;

function mismatch(fileName: string, map: MapSpec): ExitError {
  const path = `/sys/fs/bpf/${map.name.replaceAll('.', '_')}`;
  const reason = `couldn't reuse pinned map at '${path}': parameter mismatch`;
  return new ExitError(EXIT.rejected, `${fileName}: map ${map.name}: ${reason}`);
}
