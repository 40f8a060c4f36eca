// Maps of a session to and from files.
import type { Session } from '../engine/engine.js';
import type { ObjectSpec } from '../object/spec.js';
import { ERRNO, errnoName } from '../platform/errno.js';
import { MAP_TYPES, mapTypeName } from '../platform/map-types.js';
import { dumpMap, parseDump } from '../report/map-dump.js';
import type { MapSummary } from '../report/report.js';
import { during, InputError, messageOf } from '../support/errors.js';
import { readBytes } from './files.js';
import { openSink, type Terminal } from './terminal.js';

/** A `--map NAME=FILE` option. */
export interface MapRequest {
  readonly name: string;
  readonly path: string;
}

/** Splits the option. Throws InputError `option` where it has another form. */
export function parseMapRequest(text: string): MapRequest {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) throw new InputError('option', `--map ${text}: not NAME=FILE`);
  return { name: text.slice(0, at), path: text.slice(at + 1) };
}

/** Fills maps from files in the shape of `bpftool map dump`. Throws InputError naming option, file, entry and what is wrong. */
export function preloadMaps(session: Session, object: ObjectSpec, requests: readonly MapRequest[]): void {
  for (const request of requests)
    during(`--map ${request.name}=${request.path}`, () => preload(session, object, request));
}

function preload(session: Session, object: ObjectSpec, { name, path }: MapRequest): void {
  const map = session.maps.get(name);
  if (map === undefined) {
    const names = [...session.maps.keys()].join(', ');
    throw new InputError('map-unknown', `${object.fileName} has no such map; it has ${names || 'none'}`);
  }
  parseDump(parseJson(path), map.spec, object.btf).forEach((entry, index) => {
    const error = map.preload?.(entry.key, entry.values) ?? map.update(entry.key, entry.values, 0);
    if (error < 0)
      throw new InputError(
        'map-update',
        `entry ${index}: the map refuses it: ${errnoName(error) ?? error}${hint(map.spec.type, error)}`,
      );
  });
}

/** Device maps take the interfaces that there are, socket maps the sockets. */
function hint(type: number, error: number): string {
  if (error === -ERRNO.ENOTSOCK) return '; the value is the number of a socket in the --host file, from 0';
  const isDeviceMap = type === MAP_TYPES.devmap.id || type === MAP_TYPES.devmap_hash.id;
  return isDeviceMap && error === -ERRNO.EINVAL ? '; its interface must be in a --host file' : '';
}

function parseJson(path: string): unknown {
  const text = new TextDecoder().decode(readBytes(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError('json', `not JSON: ${messageOf(error)}`);
  }
}

/** The maps as a report shows them; with their entries where asked. */
export function mapSummaries(session: Session, object: ObjectSpec, withContents: boolean): MapSummary[] {
  return [...session.maps.values()].map(map => ({
    name: map.spec.name,
    type: mapTypeName(map.spec.type),
    entries: map.size,
    maxEntries: map.spec.maxEntries,
    ...(withContents && { dump: dumpMap(map, object.btf) }),
  }));
}

/** Writes all maps as one JSON object, entries by map name. */
export function writeMaps(path: string, object: ObjectSpec, session: Session, terminal: Terminal): void {
  const sink = openSink(path, terminal);
  let separator = '{';
  for (const [name, map] of session.maps) {
    const dump = dumpMap(map, object.btf);
    sink.write(`${separator}${JSON.stringify(name)}:${JSON.stringify(dump)}`);
    separator = ',';
  }
  sink.write(`${separator === '{' ? '{' : ''}}\n`);
  sink.close();
}
