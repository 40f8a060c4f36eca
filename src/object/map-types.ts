// The map types that a loader treats differently. Numbers: Linux uapi bpf.h, enum bpf_map_type.

/** Numbers of BPF_MAP_TYPE_*; all the others are only passed on. */
export const MAP_TYPE = {
  unspec: 0,
  array: 2,
  progArray: 3,
  arrayOfMaps: 12,
  hashOfMaps: 13,
  ringbuf: 27,
  userRingbuf: 31,
} as const;

const PAGE_BYTES = 4096;

/**
 * The size libbpf asks for when a program declares a ring buffer of `sizeBytes`: whole pages, a power of two of them (adjust_ringbuf_sz).
 * 0 stays 0, and a size too large for 32 bits stays as it is, for the kernel to refuse.
 */
export function ringbufSize(sizeBytes: number): number {
  if (sizeBytes === 0) return 0;
  let rounded = PAGE_BYTES;
  while (rounded < sizeBytes) rounded *= 2;
  return rounded <= 0xffff_ffff ? rounded : sizeBytes;
}
