// What the name of an ELF section says about the programs in it: libbpf's table of section names (libbpf 1.x, section_defs).

/** Where an XDP program is attached. */
export type XdpAttachPoint = 'xdp' | 'xdp/devmap' | 'xdp/cpumap';

/** Number of BPF_PROG_TYPE_XDP. */
export const XDP_PROGRAM_TYPE = 6;

/** Value of expected_attach_type by attach point (enum bpf_attach_type). */
export const XDP_ATTACH_TYPE = {
  xdp: 37,
  'xdp/devmap': 33,
  'xdp/cpumap': 35,
} as const satisfies Record<XdpAttachPoint, number>;

/** A section name that libbpf takes as XDP; matched whole. */
export interface XdpSection {
  readonly name: string;
  readonly attachPoint: XdpAttachPoint;
  /** The programs get BPF_F_XDP_HAS_FRAGS. */
  readonly hasFragments: boolean;
}

/** The six XDP section names. */
export const XDP_SECTIONS = [
  { name: 'xdp', attachPoint: 'xdp', hasFragments: false },
  { name: 'xdp.frags', attachPoint: 'xdp', hasFragments: true },
  { name: 'xdp/devmap', attachPoint: 'xdp/devmap', hasFragments: false },
  { name: 'xdp.frags/devmap', attachPoint: 'xdp/devmap', hasFragments: true },
  { name: 'xdp/cpumap', attachPoint: 'xdp/cpumap', hasFragments: false },
  { name: 'xdp.frags/cpumap', attachPoint: 'xdp/cpumap', hasFragments: true },
] as const satisfies readonly XdpSection[];

/** Program type names as bpftool prints them, by BPF_PROG_TYPE_* number. */
export const PROGRAM_TYPE_NAMES = [
  'unspec',
  'socket_filter',
  'kprobe',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'cgroup_sock',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sock_ops',
  'sk_skb',
  'cgroup_device',
  'sk_msg',
  'raw_tracepoint',
  'cgroup_sock_addr',
  'lwt_seg6local',
  'lirc_mode2',
  'sk_reuseport',
  'flow_dissector',
  'cgroup_sysctl',
  'raw_tracepoint_writable',
  'cgroup_sockopt',
  'tracing',
  'struct_ops',
  'ext',
  'lsm',
  'sk_lookup',
  'syscall',
  'netfilter',
] as const;

/** Name of a program type. */
export type ProgramTypeName = (typeof PROGRAM_TYPE_NAMES)[number];

/**
 * Section names of other program types. A name ending in `+` stands for itself and for itself followed by `/` and anything; the
 * others are matched whole.
 */
export const OTHER_SECTIONS = {
  socket_filter: ['socket'],
  kprobe: [
    ...['kprobe+', 'kretprobe+', 'kprobe.multi+', 'kretprobe.multi+', 'kprobe.session+', 'ksyscall+', 'kretsyscall+'],
    ...['uprobe+', 'uprobe.s+', 'uretprobe+', 'uretprobe.s+', 'uprobe.multi+', 'uretprobe.multi+', 'uprobe.session+'],
    ...['uprobe.multi.s+', 'uretprobe.multi.s+', 'uprobe.session.s+', 'usdt+', 'usdt.s+'],
  ],
  sched_cls: [
    ...['tc', 'tc/ingress', 'tc/egress', 'tcx/ingress', 'tcx/egress', 'netkit/primary', 'netkit/peer', 'classifier'],
  ],
  sched_act: ['action'],
  tracepoint: ['tracepoint+', 'tp+'],
  perf_event: ['perf_event'],
  cgroup_skb: ['cgroup_skb/ingress', 'cgroup_skb/egress', 'cgroup/skb'],
  cgroup_sock: [
    ...['cgroup/sock_create', 'cgroup/sock_release', 'cgroup/sock', 'cgroup/post_bind4', 'cgroup/post_bind6'],
  ],
  lwt_in: ['lwt_in'],
  lwt_out: ['lwt_out'],
  lwt_xmit: ['lwt_xmit'],
  lwt_seg6local: ['lwt_seg6local'],
  sock_ops: ['sockops'],
  sk_skb: ['sk_skb/stream_parser', 'sk_skb/stream_verdict', 'sk_skb/verdict', 'sk_skb'],
  cgroup_device: ['cgroup/dev'],
  sk_msg: ['sk_msg'],
  raw_tracepoint: ['raw_tracepoint+', 'raw_tp+'],
  raw_tracepoint_writable: ['raw_tracepoint.w+', 'raw_tp.w+'],
  cgroup_sock_addr: [
    ...['cgroup/bind4', 'cgroup/bind6', 'cgroup/connect4', 'cgroup/connect6', 'cgroup/connect_unix'],
    ...['cgroup/sendmsg4', 'cgroup/sendmsg6', 'cgroup/sendmsg_unix'],
    ...['cgroup/recvmsg4', 'cgroup/recvmsg6', 'cgroup/recvmsg_unix'],
    ...['cgroup/getpeername4', 'cgroup/getpeername6', 'cgroup/getpeername_unix'],
    ...['cgroup/getsockname4', 'cgroup/getsockname6', 'cgroup/getsockname_unix'],
  ],
  lirc_mode2: ['lirc_mode2'],
  sk_reuseport: ['sk_reuseport/migrate', 'sk_reuseport'],
  flow_dissector: ['flow_dissector'],
  cgroup_sysctl: ['cgroup/sysctl'],
  cgroup_sockopt: ['cgroup/getsockopt', 'cgroup/setsockopt'],
  tracing: [
    ...['tp_btf+', 'fentry+', 'fentry.s+', 'fexit+', 'fexit.s+', 'fmod_ret+', 'fmod_ret.s+', 'iter+', 'iter.s+'],
  ],
  struct_ops: ['struct_ops+', 'struct_ops.s+'],
  ext: ['freplace+'],
  lsm: ['lsm+', 'lsm.s+', 'lsm_cgroup+'],
  sk_lookup: ['sk_lookup'],
  syscall: ['syscall'],
  netfilter: ['netfilter'],
} as const satisfies Partial<Record<ProgramTypeName, readonly string[]>>;

/**
 * Starts of names that libbpf 1.0 refuses, yet that published XDP objects use (`xdp_sock`, `xdp/pass`, `prog`): libbpf before 1.0 took
 * every `xdp*`, and libxdp and iproute2 force the type whatever the name.
 */
export const ODD_XDP_PREFIXES = ['xdp', 'prog'] as const satisfies readonly string[];

/** What a section name says. `isAutoloaded` is false where the name has a leading `?`. */
export type SectionKind =
  | { readonly kind: 'xdp'; readonly section: XdpSection; readonly isAutoloaded: boolean }
  /** Refused by libbpf 1.x (`missing BPF prog type, check ELF section name`), taken as plain `xdp` by tolerant loaders. */
  | { readonly kind: 'oddXdp'; readonly section: XdpSection; readonly isAutoloaded: boolean }
  | { readonly kind: 'other'; readonly type: ProgramTypeName; readonly isAutoloaded: boolean }
  | { readonly kind: 'unknown'; readonly isAutoloaded: boolean };

/** What libbpf, and for odd XDP names a tolerant loader, makes of the name of an executable section. */
export function sectionKind(sectionName: string): SectionKind {
  const isAutoloaded = !sectionName.startsWith('?');
  const name = isAutoloaded ? sectionName : sectionName.slice(1);
  const section = XDP_SECTIONS.find(known => known.name === name);
  if (section !== undefined) return { kind: 'xdp', section, isAutoloaded };
  const type = otherType(name);
  if (type !== undefined) return { kind: 'other', type, isAutoloaded };
  if (!ODD_XDP_PREFIXES.some(prefix => name.startsWith(prefix))) return { kind: 'unknown', isAutoloaded };
  return { kind: 'oddXdp', section: { ...XDP_SECTIONS[0], hasFragments: name.startsWith('xdp.frags') }, isAutoloaded };
}

function otherType(name: string): ProgramTypeName | undefined {
  for (const [type, patterns] of Object.entries(OTHER_SECTIONS)) {
    if (patterns.some(pattern => matches(pattern, name))) return type as ProgramTypeName;
  }
  return undefined;
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.endsWith('+')) return pattern === name;
  const stem = pattern.slice(0, -1);
  return name === stem || name.startsWith(`${stem}/`);
}
