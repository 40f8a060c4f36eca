// Who sends and who is sent to: networks of documentation addresses (RFC 5737, RFC 3849), each with its part.
import { type Host, hostOf, type Network, ROUTER_MAC, SERVER_MAC } from './flows.js';
import type { Random } from './random.js';

export const WEB: Host = { address: '192.0.2.10', mac: SERVER_MAC };
export const NAMES: Host = { address: '192.0.2.53', mac: '02:00:5e:00:00:53' };
export const CLOCK: Host = { ...WEB, address: '192.0.2.123' };
export const WEB6: Host = { address: '2001:db8::80', mac: SERVER_MAC };
export const NAMES6: Host = { address: '2001:db8::53', mac: '02:00:5e:00:00:53' };

/** Sources of attacks. Nothing else is sent from them. */
export const ATTACKERS: readonly Network[] = [{ prefix: '198.51.100.' }, { prefix: '203.0.113.' }];
export const ATTACKERS6: readonly Network[] = [{ prefix: '2001:db8:bad:' }];

/** A client over IPv4, behind the router. */
export function client(random: Random): Host {
  return { address: `192.0.2.${random.between(128, 250)}`, mac: ROUTER_MAC };
}

/** A client over IPv6, behind the router. */
export function client6(random: Random): Host {
  return { address: hostOf(random, { prefix: '2001:db8:c:' }), mac: ROUTER_MAC };
}

/** A host on the same link. */
export function neighbour(random: Random): Host {
  const last = random.between(100, 127);
  return { address: `192.0.2.${last}`, mac: `02:00:5e:00:01:${last.toString(16)}` };
}

/** A source of attacks. */
export function attacker(random: Random): Host {
  return { address: hostOf(random, random.pick(ATTACKERS)), mac: ROUTER_MAC };
}

/** A name to look up. */
export function lookedUp(random: Random): string {
  return `${random.pick(['www', 'mail', 'cdn', 'api', 'ns1'])}.${random.pick(['alpha', 'beta', 'gamma'])}.example`;
}
