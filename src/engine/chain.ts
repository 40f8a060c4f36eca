// Several programs on one interface, one after the other, as libxdp's dispatcher runs them. Source: xdp-tools, xdp-dispatcher.c.in.
import type { MapAccess } from '../machine/map.js';
import { XDP_ACTION } from '../platform/actions.js';
import { assert } from '../support/errors.js';
import type { Packet, Result, Session } from './engine.js';

/** A place in the chain. */
export interface ChainLink {
  readonly session: Session;
  readonly program: string;
  /** For messages and map names: the object it is from. */
  readonly object: string;
  /** Lower ones run first; equal ones in the order given. */
  readonly priority: number;
  /** Actions after which the next program runs. */
  readonly chainCallActions: readonly number[];
}

/** Programs that one dispatcher holds (libxdp MAX_DISPATCHER_ACTIONS). */
export const MAX_CHAIN_LINKS = 10;

/**
 * A session that runs every packet through the links: the next one runs where the action of the one before is among its chain-call
 * actions, on the frame and metadata as that left them. Behind the last link a packet passes. `run` ignores its program name. Maps are
 * named by their object as well (`a.o:hits`) where two of them have the same name; one that several objects
 * pin is there once.
 */
export function chainSession(links: readonly ChainLink[]): Session {
  assert(links.length > 0 && links.length <= MAX_CHAIN_LINKS, `1 to ${MAX_CHAIN_LINKS} links`);
  const ordered = links
    .map((link, index) => ({ link, index }))
    .sort(byPriority)
    .map(({ link }) => link);
  const sessions = [...new Set(ordered.map(link => link.session))];
  return {
    maps: mapsOf(ordered),
    run: (_program, packets) => packets.map(packet => runChain(ordered, packet)),
    close: () => {
      for (const session of sessions) session.close();
    },
  };
}

interface Placed {
  readonly link: ChainLink;
  readonly index: number;
}

function byPriority(a: Placed, b: Placed): number {
  return a.link.priority - b.link.priority || a.index - b.index;
}

function mapsOf(links: readonly ChainLink[]): ReadonlyMap<string, MapAccess> {
  const objects = new Map(links.map(link => [link.session, link.object]));
  const all = [...objects].flatMap(([session, object]) =>
    [...session.maps].map(([name, map]) => ({ object, name, map })),
  );
  const named = new Map<string, MapAccess>();
  const seen = new Set<MapAccess>();
  for (const { object, name, map } of all) {
    if (seen.has(map)) continue;
    seen.add(map);
    const isRepeated = all.some(other => other.name === name && other.map !== map);
    named.set(freeName(isRepeated ? `${object}:${name}` : name, named), map);
  }
  return named;
}

/** The name, with a number behind it where it is taken: an object may be in a chain twice. */
function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}#${count}`;
  return free;
}

function runChain(links: readonly ChainLink[], packet: Packet): Result {
  const done: Result[] = [];
  let next = packet;
  for (const { session, program, chainCallActions } of links) {
    const result = session.run(program, [next])[0]!;
    done.push(result);
    if (result.fault !== undefined || !chainCallActions.includes(result.returnValue))
      return combined(done, result.returnValue);
    const { bytes, metadata, headroomBytes } = result;
    next = { ...packet, bytes, metadata, ...(headroomBytes !== undefined && { headroomBytes }) };
  }
  return combined(done, XDP_ACTION.XDP_PASS);
}

function combined(results: readonly Result[], returnValue: number): Result {
  const last = results.at(-1)!;
  return {
    ...last,
    returnValue,
    redirect: returnValue === last.returnValue ? last.redirect : undefined,
    events: results.flatMap(result => result.events),
    instructions: results.reduce((sum, result) => sum + result.instructions, 0),
  };
}
