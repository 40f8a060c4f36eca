// What helpers answer that ask for what is not here - a task, control groups, user memory, counters, types of the kernel - and the few that no
// other test calls, on every engine.
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Packet, type Result } from '../../src/engine/engine.js';
import { EMPTY_HOST, type HostSocket } from '../../src/machine/host.js';
import { MAP_TYPES } from '../../src/platform/map-types.js';
import { ByteWriter, toHex } from '../../src/support/bytes.js';
import { assembledObject, KFUNC_NAMES, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';

const EPERM = -1;
const ENOENT = -2;
const EAGAIN = -11;
const EFAULT = -14;
const EINVAL = -22;

const PERF = { type: MAP_TYPES.perf_event_array.id, max: 2 };
const CGROUPS = { type: MAP_TYPES.cgroup_array.id, max: 2 };
const STORAGE = { value: 8, max: 0, flags: 1, keyTypeId: 1, valueTypeId: 1 };
const TASK_STORAGE = { ...STORAGE, type: MAP_TYPES.task_storage.id };
const CGROUP_STORAGE = { ...STORAGE, type: MAP_TYPES.cgrp_storage.id };
/** The kernel's own types of socket and inode storage; no helper of XDP programs reaches into them. */
const OTHER_STORAGE = [MAP_TYPES.sk_storage.id, MAP_TYPES.inode_storage.id];
const EBADF = -9;
const LISTENER: HostSocket = {
  protocol: 'tcp',
  state: 'listen',
  local: { address: Uint8Array.of(192, 0, 2, 1), port: 80 },
  remote: undefined,
  ifindex: 0,
  mark: 0,
  priority: 0,
  isIpv6Only: false,
  isQueueFull: true,
};

/** A program's text, with `r0` as its answer, and the maps that it names. */
interface Call {
  readonly helper: string;
  readonly text: string;
  readonly answer: number;
  readonly maps?: readonly TestMap[];
}

/** r`number`: sixteen bytes of 0xff on the stack. */
const buffer = (number: number): string =>
  `*(u64 *)(r10 -8) = -1; *(u64 *)(r10 -16) = -1; r${number} = r10; r${number} += -16`;
/** r0 is the answer, and 1000 less where the buffer is not all zeros. */
const ZEROED = 'r1 = *(u64 *)(r10 -16); r2 = *(u64 *)(r10 -8); r1 |= r2; if r1 == 0 goto +1; r0 += -1000';
const TASK = 'call get_current_task_btf; r6 = r0';
const isPointer = (helper: string): string => `call ${helper}; r1 = r0; r0 = 0; if r1 == 0 goto +1; r0 = 1`;

const CONSTANTS: readonly Call[] = [
  { helper: 'get_current_pid_tgid', text: 'call get_current_pid_tgid', answer: 0 },
  { helper: 'get_current_uid_gid', text: 'call get_current_uid_gid', answer: 0 },
  {
    helper: 'get_current_comm',
    text: `${buffer(1)}; r2 = 16; call get_current_comm; r1 = *(u32 *)(r10 -8); r0 += r1`,
    answer: '0'.charCodeAt(0),
  },
  { helper: 'get_cgroup_classid', text: 'call get_cgroup_classid', answer: 0 },
  { helper: 'get_numa_node_id', text: 'call get_numa_node_id', answer: 0 },
  { helper: 'get_current_cgroup_id', text: 'call get_current_cgroup_id', answer: 1 },
  { helper: 'get_current_ancestor_cgroup_id', text: 'r1 = 0; call get_current_ancestor_cgroup_id', answer: 1 },
  { helper: 'get_current_ancestor_cgroup_id', text: 'r1 = 1; call get_current_ancestor_cgroup_id', answer: 0 },
  {
    helper: 'current_task_under_cgroup',
    text: 'r1 = map[fd:0]; r2 = 1; call current_task_under_cgroup',
    maps: [CGROUPS],
    answer: EAGAIN,
  },
  {
    helper: 'get_ns_current_pid_tgid',
    text: `r1 = 1; r2 = 2; ${buffer(3)}; r4 = 16; call get_ns_current_pid_tgid; ${ZEROED}`,
    answer: EINVAL,
  },
  {
    helper: 'perf_event_read',
    text: 'r1 = map[fd:0]; r2 = 1; call perf_event_read',
    maps: [PERF],
    answer: ENOENT,
  },
  {
    helper: 'perf_event_read_value',
    text: `*(u64 *)(r10 -24) = 7; r1 = map[fd:0]; r2 = 1; r3 = r10; r3 += -24; r4 = 24; call perf_event_read_value; r1 = *(u64 *)(r10 -24); r0 += r1`,
    maps: [PERF],
    answer: ENOENT,
  },
  { helper: 'send_signal', text: 'r1 = 9; call send_signal', answer: EPERM },
  { helper: 'send_signal_thread', text: 'r1 = 9; call send_signal_thread', answer: EPERM },
  ...['probe_read_user', 'probe_read_user_str', 'copy_from_user'].map(helper => ({
    helper,
    text: `${buffer(1)}; r2 = 16; r3 = r10; call ${helper}; ${ZEROED}`,
    answer: EFAULT,
  })),
  {
    helper: 'copy_from_user_task',
    text: `${TASK}; ${buffer(1)}; r2 = 16; r3 = 0; r4 = r6; r5 = 0; call copy_from_user_task; ${ZEROED}`,
    answer: EFAULT,
  },
  {
    helper: 'get_task_stack',
    text: `${TASK}; r1 = r6; ${buffer(2)}; r3 = 16; r4 = 0; call get_task_stack; ${ZEROED}`,
    answer: EFAULT,
  },
  { helper: 'get_current_task', text: isPointer('get_current_task'), answer: 1 },
  { helper: 'get_current_task_btf', text: isPointer('get_current_task_btf'), answer: 1 },
  { helper: 'task_pt_regs', text: `${TASK}; r1 = r6; ${isPointer('task_pt_regs')}`, answer: 1 },
  {
    helper: 'get_branch_snapshot',
    text: `${buffer(1)}; r2 = 16; r3 = 0; call get_branch_snapshot`,
    answer: ENOENT,
  },
  {
    helper: 'get_branch_snapshot',
    text: `${buffer(1)}; r2 = 16; r3 = 1; call get_branch_snapshot`,
    answer: EINVAL,
  },
  {
    helper: 'snprintf_btf',
    text: `${buffer(1)}; r2 = 16; r3 = r1; r4 = 16; r5 = 0; call snprintf_btf`,
    answer: EINVAL,
  },
  { helper: 'per_cpu_ptr', text: 'r1 = 1; r2 = 0; call per_cpu_ptr', answer: 0 },
  {
    helper: 'find_vma',
    text: `${TASK}; r1 = r6; r2 = 0; r3 = subprog[body]; r4 = 0; r5 = 0; call find_vma; exit\nbody: r0 = 0`,
    answer: ENOENT,
  },
  {
    helper: 'task_storage_get',
    text: `${TASK}; r1 = map[fd:0]; r2 = r6; r3 = 0; r4 = 1; call task_storage_get`,
    maps: [TASK_STORAGE],
    answer: 0,
  },
  {
    helper: 'task_storage_delete',
    text: `${TASK}; r1 = map[fd:0]; r2 = r6; call task_storage_delete`,
    maps: [TASK_STORAGE],
    answer: ENOENT,
  },
  {
    helper: 'cgrp_storage_get',
    text: 'r1 = map[fd:0]; r2 = 0; r3 = 0; r4 = 1; call cgrp_storage_get',
    maps: [CGROUP_STORAGE],
    answer: 0,
  },
  {
    helper: 'cgrp_storage_delete',
    text: 'r1 = map[fd:0]; r2 = 0; call cgrp_storage_delete',
    maps: [CGROUP_STORAGE],
    answer: ENOENT,
  },
];

const NOTHING: Packet = packetOf(new Uint8Array(64));
const call = (name: string): string => `call kfunc#${KFUNC_NAMES.indexOf(name)}`;

for (const engine of ENGINES) {
  const run = (
    text: string,
    maps: readonly TestMap[] = [],
    packets: readonly Packet[] = [NOTHING],
  ): readonly Result[] =>
    engine
      .open(assembledObject({ main: `${text}; exit` }, maps), {
        ...DEFAULT_ENGINE_OPTIONS,
        host: { ...EMPTY_HOST, sockets: [LISTENER] },
      })
      .run('main', packets);
  const answer = (text: string, maps: readonly TestMap[] = [], packet = NOTHING): number => {
    const [result] = run(text, maps, [packet]);
    if (result!.fault !== undefined) throw new Error(result!.fault.message);
    return result!.returnValue | 0;
  };

  describe(`the ${engine.name}`, () => {
    it.each(CONSTANTS)('answers bpf_$helper with $answer', ({ text, maps, answer: expected }) => {
      expect(answer(text, maps)).toBe(expected);
    });

    it('stops at bpf_this_cpu_ptr, which has no error to give', () => {
      expect(run('r1 = 1; call this_cpu_ptr')[0]!.fault?.message).toBe('no per-CPU variable of the kernel is at 0x1');
    });

    it.each(['get_current_task', 'get_current_task_btf'])('has nothing to read behind bpf_%s', helper => {
      const text = `call ${helper}; r3 = r0; ${buffer(1)}; r2 = 8; call probe_read_kernel`;
      expect(answer(text)).toBe(EFAULT);
      expect(run(`call ${helper}; r0 = *(u64 *)(r0 +0)`)[0]!.fault?.kind).toBe('access');
    });

    it('reads with bpf_probe_read_kernel and bpf_probe_read_kernel_str what the program could read', () => {
      const source = '*(u64 *)(r10 -24) = 0x636261; r3 = r10; r3 += -24';
      const text = (helper: string) => `${source}; ${buffer(1)}; r2 = 8; call ${helper}`;
      expect(answer(text('probe_read_kernel'))).toBe(0);
      expect(answer(`${text('probe_read_kernel')}; r0 = *(u32 *)(r10 -16)`)).toBe(0x636261);
      expect(answer(text('probe_read_kernel_str'))).toBe(4);
      expect(answer(`${text('probe_read_kernel_str')}; r0 = *(u8 *)(r10 -12)`)).toBe(0xff);
    });

    it.each([
      ['skc_to_tcp_sock', 1],
      ['skc_to_tcp6_sock', 0],
      ['skc_to_tcp_timewait_sock', 0],
      ['skc_to_tcp_request_sock', 0],
      ['skc_to_udp6_sock', 0],
      ['skc_to_unix_sock', 0],
      ['skc_to_mptcp_sock', 0],
    ])('knows by bpf_%s whether an IPv4 listener is such a socket: %i', (helper, isSuch) => {
      const convert = `r1 = r0; ${isPointer(helper)}`;
      expect(answer(`${toListener()}; ${convert}`)).toBe(isSuch);
      expect(answer(`r0 = 0; ${convert}`)).toBe(0);
    });

    it('makes SYN cookies by bpf_tcp_gen_syncookie that bpf_tcp_check_syncookie takes', () => {
      const arguments_ =
        'r7 = *(u32 *)(r1 +0); r7 += 14; r8 = r7; r8 += 20; ' +
        `${toListener()}; r1 = r0; r2 = r7; r3 = 20; r4 = r8; r5 = 20`;
      const make = `${arguments_}; call tcp_gen_syncookie`;
      const cookie = answer(make, [], handshake(0x02, 0)) >>> 0;
      expect(answer(`${make}; r0 >>= 32`, [], handshake(0x02, 0))).toBe(536);
      expect(cookie).toBeGreaterThan(0);
      // A queue that overflowed a moment ago is what makes Linux look at cookies at all.
      const both = `r6 = r1; r1 = *(u32 *)(r1 +0); r1 = *(u8 *)(r1 +47); if r1 == 2 goto make; r1 = r6; ${arguments_}; call tcp_check_syncookie; exit; make: r1 = r6; ${make}`;
      const packets = [handshake(0x02, 0), handshake(0x10, cookie + 1), handshake(0x10, cookie + 0x1000)];
      expect(run(both, [], packets).map(({ returnValue }) => returnValue | 0)).toEqual([cookie | 0, 0, ENOENT]);
    });

    it('swaps the pointer in a value by bpf_kptr_xchg', () => {
      const text =
        'r1 = map[fd:0][0]+0; r2 = 0x77; call kptr_xchg; r6 = r0; r1 = map[fd:0][0]+0; r2 = 0; call kptr_xchg';
      expect(answer(text, [{ type: 2, value: 8, max: 1 }])).toBe(0x77);
    });

    it('gives records of user space to the callback of bpf_user_ringbuf_drain until it returns 1', () => {
      const text =
        'r1 = map[fd:0]; r2 = subprog[body]; r3 = 0; r4 = 0; call user_ringbuf_drain; exit\n' +
        'body: r3 = r1; r4 = 0; r5 = 0; r1 = r10; r1 += -8; r2 = 1; call dynptr_read; r0 = *(u8 *)(r10 -8); r0 &= 1';
      const object = assembledObject({ main: `${text}; exit` }, [
        { type: 31, key: 0, value: 0, max: 4096, name: 'records' },
      ]);
      const session = engine.open(object, DEFAULT_ENGINE_OPTIONS);
      const put = (first: number): number =>
        session.maps.get('records')!.preload!(new Uint8Array(0), [Uint8Array.of(first, 0, 0)]);
      expect([2, 4, 5, 6, 8].map(put)).toEqual([0, 0, 0, 0, 0]);
      const taken = () => session.run('main', [NOTHING])[0]!.returnValue;
      expect([taken(), taken(), taken()]).toEqual([3, 2, 0]);
    });

    it.each([
      ['bpf_res_spin_lock', 'bpf_res_spin_unlock'],
      ['bpf_res_spin_lock_irqsave', 'bpf_res_spin_unlock_irqrestore'],
    ])('never waits for %s', (lock, unlock) => {
      const place = 'r1 = r10; r1 += -8; r2 = r10; r2 += -16';
      const text = `*(u64 *)(r10 -8) = 0; *(u64 *)(r10 -16) = 5; ${place}; ${call(lock)}; r6 = r0; ${place}; ${call(unlock)}; r0 = r6`;
      expect(answer(text)).toBe(0);
    });

    it.each(['bpf_cgroup_from_id', 'bpf_task_from_pid', 'bpf_task_from_vpid'])('finds nothing by %s', name => {
      expect(answer(`r1 = 1; ${call(name)}`)).toBe(0);
    });

    it('has storage of sockets and inodes, of which none has a descriptor', () => {
      const maps = OTHER_STORAGE.map(type => ({ ...STORAGE, type }));
      const session = engine.open(assembledObject({ main: 'r0 = 2; exit' }, maps), DEFAULT_ENGINE_OPTIONS);
      const key = new Uint8Array(4);
      expect([...session.maps.values()].map(map => map.update(key, [new Uint8Array(8)], 0))).toEqual([EBADF, EBADF]);
      expect([...session.maps.values()].map(map => map.size)).toEqual([0, 0]);
    });
  });
}

/** r0: the listener's address. */
function toListener(): string {
  const [remote, local] = [Uint8Array.of(192, 0, 2, 9), LISTENER.local.address];
  const tuple = toHex(new ByteWriter().raw(Uint8Array.of(...remote, ...local, 0x10, 0x00, 0x00, 80)).finish());
  const words = tuple.match(/.{8}/g)!.map((word, at) => {
    const value = word.match(/../g)!.reverse().join('');
    return `*(u32 *)(r10 -${48 - 4 * at}) = 0x${value}`;
  });
  return `${words.join('; ')}; r2 = r10; r2 += -48; r3 = 12; r4 = -1; r5 = 0; call skc_lookup_tcp`;
}

/** A segment to the listener. */
function handshake(flags: number, acknowledged: number): Packet {
  const bytes = new ByteWriter();
  bytes.raw(new Uint8Array(12)).raw(Uint8Array.of(8, 0));
  bytes.raw(Uint8Array.of(0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 9, 192, 0, 2, 1));
  const number = new DataView(new ArrayBuffer(8));
  number.setUint32(0, acknowledged === 0 ? 1000 : 1001);
  number.setUint32(4, acknowledged >>> 0);
  bytes.raw(Uint8Array.of(0x10, 0, 0, 80)).raw(new Uint8Array(number.buffer));
  bytes.raw(Uint8Array.of(0x50, flags, 1, 0, 0, 0, 0, 0));
  return packetOf(bytes.finish());
}
