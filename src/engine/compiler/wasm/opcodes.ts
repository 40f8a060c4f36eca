// Opcodes of WebAssembly as far as the compiler uses them. WebAssembly Core Specification 2.0, section 5.4.

/** Value types. */
export const TYPE = { i32: 0x7f, i64: 0x7e } as const;

/** A value type's byte. */
export type ValueType = (typeof TYPE)[keyof typeof TYPE];

/** Instructions that carry nothing but their opcode. */
export const OP = {
  unreachable: 0x00,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_le_u: 0x4d,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  i64_eqz: 0x50,
  i64_eq: 0x51,
  i64_ne: 0x52,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i64_le_s: 0x57,
  i64_le_u: 0x58,
  i64_ge_s: 0x59,
  i64_ge_u: 0x5a,
  i32_clz: 0x67,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_s: 0x6d,
  i32_div_u: 0x6e,
  i32_rem_s: 0x6f,
  i32_rem_u: 0x70,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  i32_rotl: 0x77,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_div_s: 0x7f,
  i64_div_u: 0x80,
  i64_rem_s: 0x81,
  i64_rem_u: 0x82,
  i64_and: 0x83,
  i64_or: 0x84,
  i64_xor: 0x85,
  i64_shl: 0x86,
  i64_shr_s: 0x87,
  i64_shr_u: 0x88,
  i64_rotl: 0x89,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  i32_extend8_s: 0xc0,
  i32_extend16_s: 0xc1,
  i64_extend8_s: 0xc2,
  i64_extend16_s: 0xc3,
  i64_extend32_s: 0xc4,
} as const;

/** A plain instruction's opcode. */
export type Op = (typeof OP)[keyof typeof OP];

/** Loads and stores: opcode, and the alignment exponent of their natural alignment. */
export const MEMORY = {
  i32_load: [0x28, 2],
  i64_load: [0x29, 3],
  i32_load8_u: [0x2d, 0],
  i32_load16_u: [0x2f, 1],
  i64_load8_s: [0x30, 0],
  i64_load8_u: [0x31, 0],
  i64_load16_s: [0x32, 1],
  i64_load16_u: [0x33, 1],
  i64_load32_s: [0x34, 2],
  i64_load32_u: [0x35, 2],
  i32_store: [0x36, 2],
  i64_store: [0x37, 3],
  i32_store8: [0x3a, 0],
  i64_store8: [0x3c, 0],
  i64_store16: [0x3d, 1],
  i64_store32: [0x3e, 2],
} as const satisfies Record<string, readonly [opcode: number, align: number]>;

/** A load or store instruction. */
export type MemoryOp = keyof typeof MEMORY;
