// The path that was walked: one entry per instruction, newest first, shared between the states that branched off it.

/** One visited instruction. */
export interface Trace {
  readonly slot: number;
  readonly previous: Trace | undefined;
  /** Count of entries up to here. */
  readonly length: number;
  /** Stack slot that the instruction filled from or spilled to: frame * 64 + slot; -1 for none. */
  stackSlot: number;
  /** Registers and slots that were tied when a comparison refined them. */
  linked: readonly LinkedPlace[] | undefined;
}

/** A register, or a stack slot, of a frame. */
export interface LinkedPlace {
  readonly frame: number;
  readonly isRegister: boolean;
  readonly index: number;
}

/** The path one instruction further. */
export function step(previous: Trace | undefined, slot: number): Trace {
  return { slot, previous, length: (previous?.length ?? 0) + 1, stackSlot: -1, linked: undefined };
}
