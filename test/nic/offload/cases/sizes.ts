// Cases of the offload check: stack, length, and reach into the packet.
import type { TestProgram } from '../../../support/offload-object.js';
import { chain, packet, type RuleCase, wide } from './build.js';

/** A main function with 256 bytes of stack that calls this one. */
const callee = (code: string): TestProgram => ({
  code: `r5 = 1; *(u64 *)(r10 - 256) = r5; call f; r0 = 2; exit; f: ${code}`,
  functions: [5],
});

/** Stack, length, and reach into the packet. */
export const SIZES: readonly RuleCase[] = [
  { rule: 'callFrames', nic: 'hxdp-netfpga', breaks: chain(9, 8), meets: chain(8, 8) },
  { rule: 'stack', breaks: chain(2, 256), meets: chain(2, 248) },
  { rule: 'stack', about: 'frames are rounded up', breaks: chain(7, 64), meets: chain(7, 56) },
  {
    rule: 'stack',
    about: 'R6 to R9 are saved',
    breaks: callee(`r6 = 3; *(u64 *)(r10 - 248) = r6; r0 = 2; exit`),
    meets: callee(`r5 = 3; *(u64 *)(r10 - 248) = r5; r0 = 2; exit`),
  },
  { rule: 'programLength', breaks: wide(900), meets: wide(100) },
  {
    rule: 'packetWindow',
    mtu: 3000,
    breaks: { code: packet('r5 = *(u8 *)(r2 + 1889)', 2000) },
    meets: { code: packet('r5 = *(u8 *)(r2 + 1888)', 2000) },
  },
  {
    rule: 'packetWindowLater',
    finds: 'warning',
    breaks: { code: packet('r5 = *(u8 *)(r2 + 1889)', 2000) },
    meets: { code: packet('r5 = *(u8 *)(r2 + 1888)', 2000) },
  },
];
