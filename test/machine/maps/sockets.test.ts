// SOCKMAP and SOCKHASH: filled with sockets of the host file, by user space and by programs. Errors are those that Linux 6.18 gave.
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Session } from '../../../src/engine/engine.js';
import { parseHost } from '../../../src/machine/host-file.js';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { toHex } from '../../../src/support/bytes.js';
import { verify } from '../../../src/verifier/verify.js';
import { assembledObject } from '../../support/assembled-object.js';
import { packetOf } from '../../support/cases.js';
import { ENGINES } from '../../support/engines.js';
import { u32 } from './host.js';

const sockets = [
  { protocol: 'tcp', local: '192.0.2.1:80', state: 'listen' },
  { protocol: 'tcp', local: '192.0.2.1:80', remote: '192.0.2.9:1234', state: 'established' },
  { protocol: 'udp', local: '192.0.2.1:53' },
  { protocol: 'tcp', local: '192.0.2.1:81', state: 'close' },
  { protocol: 'tcp', local: '192.0.2.1:82', remote: '192.0.2.9:1234', state: 'close-wait' },
  { protocol: 'tcp', local: '192.0.2.1:83', remote: '192.0.2.9:1234', state: 'time-wait' },
];
const host = parseHost(JSON.stringify({ sockets }), 'host.json');
const [ENOENT, E2BIG, EEXIST, EINVAL, ENOTSOCK, EOPNOTSUPP] = [-2, -7, -17, -22, -88, -95];

/** Gives the port of the socket under the key, 0 where there is none. */
const LOOK = `*(u32 *)(r10 -4) = 0; r1 = map[fd:0]; r2 = r10; r2 += -4; call map_lookup_elem; if r0 == 0 goto end
  r6 = *(u32 *)(r0 +44); r1 = r0; call sk_release; r0 = r6
end: exit`;
/** Finds the listening socket and puts it under key 1. */
const put = (
  flags: number,
): string => `r6 = r1; *(u32 *)(r10 -16) = 0x90200c0; *(u32 *)(r10 -12) = 0x10200c0; *(u32 *)(r10 -8) = 0x50003930
  r1 = r6; r2 = r10; r2 += -16; r3 = 12; r4 = -1; r5 = 0; call skc_lookup_tcp; if r0 == 0 goto end; r7 = r0
  *(u32 *)(r10 -4) = 1; r1 = map[fd:0]; r2 = r10; r2 += -4; r3 = r7; r4 = ${flags}; call map_update_elem
  r6 = r0; r1 = r7; call sk_release; r0 = r6
end: exit`;
const REMOVE = '*(u32 *)(r10 -4) = 1; r1 = map[fd:0]; r2 = r10; r2 += -4; call map_delete_elem; exit';

describe.each(ENGINES)('$name', engine => {
  describe.each(['sockmap', 'sockhash'] as const)('%s', name => {
    const object = assembledObject({ look: LOOK, put: put(0), once: put(1), replace: put(2), remove: REMOVE }, [
      { type: MAP_TYPES[name].id, value: 8, max: 2, name: 'held' },
    ]);
    const open = (): Session => engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, host });
    const answer = (session: Session, program: string): number => {
      const [result] = session.run(program, [packetOf(new Uint8Array(64))]);
      expect(result!.fault).toBeUndefined();
      return result!.returnValue | 0;
    };
    const missing = name === 'sockmap' ? EINVAL : ENOENT;

    it('takes connected and listening sockets, and no others', () => {
      const map = open().maps.get('held')!;
      const taken = [0, 1, 2, 3, 4, 5, 6].map(number => map.preload!(u32(0), [u32(number)]));
      expect(taken).toEqual([0, 0, 0, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, ENOTSOCK]);
      expect(map.entries().map(({ key, values }) => [toHex(key), toHex(values[0]!)])).toEqual([
        ['00000000', '0200000000000000'],
      ]);
    });

    it('takes max_entries sockets, and no descriptors', () => {
      const map = open().maps.get('held')!;
      expect([0, 1, 2, 0].map(key => map.preload!(u32(key), [u32(0)]))).toEqual([0, 0, E2BIG, 0]);
      expect([map.update(u32(0), [u32(3, 0)], 0), map.size]).toEqual([ENOTSOCK, 2]);
      expect([map.delete(u32(1)), map.delete(u32(1)), map.size]).toEqual([0, missing, 1]);
    });

    it('gives a program the socket that it holds', () => {
      const session = open();
      expect(answer(session, 'look')).toBe(0);
      session.maps.get('held')!.preload!(u32(0), [u32(2)]);
      expect(answer(session, 'look')).toBe(53);
    });

    it('lets a program put sockets in and take them out', () => {
      const session = open();
      const programs = ['replace', 'once', 'once', 'put', 'replace', 'remove', 'remove'];
      expect(programs.map(program => answer(session, program))).toEqual([ENOENT, 0, EEXIST, 0, 0, 0, missing]);
    });

    it('is filled by programs that Linux takes', () => {
      const verified = object.programs.map(program => verify(object, program, { cpuCount: 1 }));
      expect(verified.map(({ accepted }) => accepted)).toEqual(object.programs.map(() => true));
    });
  });
});
