// Which programs may share a map that programs are run from: all must be like the first. kernel/bpf/core.c, bpf_prog_map_compatible.
import type { MapHost } from '../map.js';

/** What counts of a program here. */
export type ProgramTraits = NonNullable<ReturnType<MapHost['programById']>>;

/** Remembers the first program; stays when the map is emptied. */
export class ProgramOwner {
  private readonly compares: 'fragments' | 'attach-point-and-fragments';
  private first: ProgramTraits | undefined;

  constructor(compares: 'fragments' | 'attach-point-and-fragments') {
    this.compares = compares;
  }

  /** Whether the program fits the first one; the first always does. */
  admits(program: ProgramTraits): boolean {
    this.first ??= program;
    if (program.hasFragments !== this.first.hasFragments) return false;
    return this.compares === 'fragments' || program.attachPoint === this.first.attachPoint;
  }
}
