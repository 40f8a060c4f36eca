// How the kernel's messages name types, operations and bits.
import type { Tnum } from '../number/tnum.js';
import { FLAG, type Register, type RegisterKind } from '../state/register.js';

const NAMES: Record<RegisterKind, string> = {
  uninitialised: '?',
  scalar: 'scalar',
  context: 'ctx',
  map: 'map_ptr',
  mapKey: 'map_key',
  mapValue: 'map_value',
  stack: 'fp',
  packet: 'pkt',
  packetMeta: 'pkt_meta',
  packetEnd: 'pkt_end',
  socket: 'sock',
  socketCommon: 'sock_common',
  xdpSocket: 'xdp_sock',
  object: 'ptr_',
  memory: 'mem',
  function: 'func',
  dynptr: 'dynptr_ptr',
};

const PREFIXES = [
  [FLAG.readOnly, 'rdonly_'],
  [FLAG.ringbuf, 'ringbuf_'],
  [FLAG.perCpu, 'percpu_'],
  [FLAG.rcu, 'rcu_'],
  [FLAG.untrusted, 'untrusted_'],
  [FLAG.trusted, 'trusted_'],
] as const;

/** `map_value_or_null`, `ringbuf_mem`, `fp` ... */
export function typeName(register: Pick<Register, 'kind' | 'flags'>): string {
  const { kind, flags } = register;
  if (flags === 0) return NAMES[kind];
  const prefix = PREFIXES.map(([flag, text]) => ((flags & flag) !== 0 ? text : '')).join('');
  const nullable = (flags & FLAG.maybeNull) !== 0;
  const suffix = nullable ? (kind === 'object' ? 'or_null_' : '_or_null') : '';
  return `${prefix}${NAMES[kind]}${suffix}`;
}

/** Bits as the kernel prints them: `(0x0; 0xff)`, or the number where all are known. */
export function bitsText({ value, mask }: Tnum): string {
  if (mask === 0n) return value <= 0xffffn ? String(value) : `0x${value.toString(16)}`;
  return `(0x${value.toString(16)}; 0x${mask.toString(16)})`;
}
