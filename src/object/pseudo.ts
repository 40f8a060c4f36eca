// Pseudo source registers: what the immediate of a 64-bit load or of a call means. RFC 9669, 5.4; Linux uapi bpf.h BPF_PSEUDO_*.

/** Of a 64-bit immediate load. */
export const PSEUDO_MAP = 1;
export const PSEUDO_MAP_VALUE = 2;
export const PSEUDO_BTF_ID = 3;
export const PSEUDO_FUNCTION = 4;

/** Of a call. */
export const PSEUDO_CALL = 1;
export const PSEUDO_KFUNC = 2;
