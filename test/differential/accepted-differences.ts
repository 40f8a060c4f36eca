// Differences between Linux and this project that are Linux's version or policy and not a mistake of either: each has a name, a reason,
// and what the generator of random programs does about it.

/** A known difference. */
export interface AcceptedDifference {
  readonly name: string;
  readonly reason: string;
  /** How random programs avoid it, or how the comparison recognises it. */
  readonly handling: string;
}

/** All of them. */
export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  {
    name: 'cmpxchg32-upper-half',
    reason:
      'RFC 9669 clears the upper half of r0 after a 32-bit compare-and-exchange. Linux 6.18 adds an instruction for that only where its analysis saw r0 read as 64 bits, which it may miss where states meet.',
    handling: 'a 32-bit compare-and-exchange of random programs is followed by w0 = w0',
  },
  {
    name: 'atomic-fetch-precision',
    reason:
      'Linux 6.18 does not follow a number that a comparison depends on back through an atomic fetch from the stack. It may then take a second path for covered by a first one on which the comparison went the other way, and compile the comparison away.',
    handling:
      'random programs write one byte of a stack word before they fetch from it, so that nothing is known of the value',
  },
  {
    name: 'callback-never-called',
    reason:
      'Linux 6.18 removes the callback of a bpf_loop of 0 rounds as dead code and then fails to compile the program: EFAULT, `verifier bug: No program to jit`.',
    handling: 'random programs ask for at least one round',
  },
  {
    name: 'per-cpu-values',
    reason: 'the kernel has a value for each possible CPU, the simulated machine of the comparison has one CPU',
    handling: 'programs run on CPU 0 and only its values are compared',
  },
  {
    name: 'verifier-complexity',
    reason: 'Linux gives up on programs after 1,000,000 walked instructions or 8192 pending jumps, whatever they do',
    handling: 'a program that Linux refuses with E2BIG or `too complex` is counted and not compared',
  },
];
