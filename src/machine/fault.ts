// What stops an unverified program: the kernel's verifier would have refused it, so there is no kernel behaviour to follow.

export type FaultKind =
  /** Memory access outside everything the program may touch, or a write to read-only memory. */
  | 'access'
  /** More instructions than the budget for one packet. */
  | 'budget'
  /** Call depth, stack use, or jump out of the program. */
  | 'control'
  /** A helper called with what the verifier would have refused, or one that is not there. */
  | 'helper'
  /** An instruction that cannot be run: undecodable, reserved, or poisoned by a CO-RE relocation without target. */
  | 'instruction';

/** A program stopped in the middle: where, with what in the registers, and why. Plain data. */
export interface Fault {
  readonly kind: FaultKind;
  /** One line with the values, such as `invalid read of 4 bytes at 0x00000000 (NULL)`. */
  readonly message: string;
  readonly program: string;
  readonly slot: number;
  /** r0 to r10. */
  readonly registers: readonly bigint[];
  /** Address and size of the access, for `access`. */
  readonly address: number | undefined;
  readonly sizeBytes: number | undefined;
  /** `file:line` and text of the C source, where the object has BTF line info. */
  readonly source: { readonly file: string; readonly line: number; readonly text: string } | undefined;
}

/** The program threw an exception: it ends, and the cookie is what it returns. Never leaves an engine. */
export class Thrown extends Error {
  readonly cookie: bigint;

  constructor(cookie: bigint) {
    super('the program threw an exception');
    this.name = 'Thrown';
    this.cookie = cookie;
  }
}

/** Thrown inside an engine by a check or a helper; the engine catches it and makes the Fault. Never leaves an engine. */
export class Trap extends Error {
  readonly kind: FaultKind;
  readonly address: number | undefined;
  readonly sizeBytes: number | undefined;

  constructor(kind: FaultKind, message: string, address?: number, sizeBytes?: number) {
    super(message);
    this.name = 'Trap';
    this.kind = kind;
    this.address = address;
    this.sizeBytes = sizeBytes;
  }
}
