// What may be read of sockets: the fields of struct bpf_sock and struct bpf_xdp_sock. Linux uapi bpf.h; net/core/filter.c bpf_sock_is_valid_access.
import type { RegisterKind } from '../state/register.js';

/** Size of struct bpf_sock. */
const SOCKET_BYTES = 80;
/** Where type to priority stand, which struct sock_common does not have. */
const FULL_SOCKET_ONLY = { from: 8, to: 24 } as const;
/** bound_dev_if, mark and priority can only be read whole. */
const WHOLE_ONLY: readonly number[] = [0, 16, 20];
/** Of family, type, protocol, src_port, state and rx_queue_mapping only the beginning can be read alone. */
const FROM_START_ONLY: readonly number[] = [4, 8, 12, 44, 72, 76];
/** Two bytes behind dst_port are padding. */
const PADDING = { from: 50, to: 52 } as const;

/** Whether a read of `size` bytes at `offset` is one of a field, or of a part that Linux lets programs read. */
export function isSocketField(kind: RegisterKind, offset: number, size: number): boolean {
  if (kind === 'xdpSocket') return offset === 0 && size === 4;
  if (offset < 0 || offset >= SOCKET_BYTES || offset % size !== 0 || size > 4) return false;
  if (kind === 'socketCommon' && offset >= FULL_SOCKET_ONLY.from && offset < FULL_SOCKET_ONLY.to) return false;
  if (offset >= PADDING.from && offset < PADDING.to) return false;
  if (size === 4) return true;
  const field = offset & ~3;
  return !WHOLE_ONLY.includes(field) && (offset === field || !FROM_START_ONLY.includes(field));
}
