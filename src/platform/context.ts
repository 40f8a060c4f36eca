// The context of an XDP program, struct xdp_md: what may be read from where. Linux net/core/filter.c xdp_is_valid_access; checked on 6.18.
import type { XdpAttachPoint } from './sections.js';

/** What a program gets when it reads a context field. */
export type ContextValue = 'packet' | 'packetEnd' | 'packetMeta' | 'scalar';

/** A field of struct xdp_md. */
export interface ContextField {
  readonly name: string;
  readonly offsetBytes: number;
  readonly sizeBytes: 4;
  readonly value: ContextValue;
  /** Programs that may read it. */
  readonly attachPoints: readonly XdpAttachPoint[];
  /** First Linux release that has it. */
  readonly since: string;
}

const EVERYWHERE = ['xdp', 'xdp/devmap', 'xdp/cpumap'] as const satisfies readonly XdpAttachPoint[];

/** The fields of struct xdp_md in order of their offsets. */
export const XDP_MD = [
  { name: 'data', offsetBytes: 0, sizeBytes: 4, value: 'packet', attachPoints: EVERYWHERE, since: '4.8' },
  { name: 'data_end', offsetBytes: 4, sizeBytes: 4, value: 'packetEnd', attachPoints: EVERYWHERE, since: '4.8' },
  { name: 'data_meta', offsetBytes: 8, sizeBytes: 4, value: 'packetMeta', attachPoints: EVERYWHERE, since: '4.15' },
  { name: 'ingress_ifindex', offsetBytes: 12, sizeBytes: 4, value: 'scalar', attachPoints: EVERYWHERE, since: '4.16' },
  { name: 'rx_queue_index', offsetBytes: 16, sizeBytes: 4, value: 'scalar', attachPoints: EVERYWHERE, since: '4.16' },
  {
    name: 'egress_ifindex',
    offsetBytes: 20,
    sizeBytes: 4,
    value: 'scalar',
    attachPoints: ['xdp/devmap'],
    since: '5.8',
  },
] as const satisfies readonly ContextField[];

/** Size of struct xdp_md. */
export const XDP_MD_BYTES = 24;

/** A load from the context, as the verifier sees it. */
export interface ContextLoad {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly isSigned: boolean;
  readonly attachPoint: XdpAttachPoint;
}

/**
 * The field that a load gives, or undefined where Linux answers `invalid bpf_context access off=%d size=%d`: anything but an aligned
 * 4-byte read of one field, a sign-extending read of a pointer, egress_ifindex outside a devmap program. Every write is refused.
 */
export function contextFieldAt(load: ContextLoad): ContextField | undefined {
  const field: ContextField | undefined = XDP_MD.find(({ offsetBytes }) => offsetBytes === load.offsetBytes);
  if (field === undefined || load.sizeBytes !== field.sizeBytes) return undefined;
  if (load.isSigned && field.value !== 'scalar') return undefined;
  return field.attachPoints.includes(load.attachPoint) ? field : undefined;
}
