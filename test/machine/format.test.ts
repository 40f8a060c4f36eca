// printf as BPF programs get it. Every row was observed on Linux 6.18 with bpf_trace_vprintk.
import { describe, expect, it } from 'vitest';
import { type FormatMemory, formatText } from '../../src/machine/format.js';

const NAME = 0x1000n;
const IPV4 = 0x2000n;
const IPV6 = 0x3000n;

const memory: FormatMemory = {
  text: address => (address === NAME ? 'eth0' : ''),
  bytes(address, sizeBytes) {
    if (address === IPV4) return Uint8Array.of(192, 168, 0, 1);
    if (address === IPV6) return Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    return new Uint8Array(sizeBytes);
  },
};

describe('formats that the kernel takes', () => {
  it.each<[string, bigint[], string]>([
    ['%d %i %u', [-5n, -6n, -7n], '-5 -6 4294967289'],
    ['%x %X %lx', [0xabcdefn, 0xabcdefn, 0xabcdef012345n], 'abcdef ABCDEF abcdef012345'],
    ['%ld %lld %lu %llu', [-5n, -6n, -7n, -8n], '-5 -6 18446744073709551609 18446744073709551608'],
    ['[%5d|%-5d|%05d|%+d|% d]', [42n, 42n, 42n, 42n, 42n], '[   42|42   |00042|+42| 42]'],
    ['%c%c|%5c|%-3c|', [97n, 98n, 99n, 100n], 'ab|    c|d  |'],
    ['%s|%10s|%-10s|', [NAME, NAME, NAME], 'eth0|      eth0|eth0      |'],
    ['%pks', [NAME], 'eth0'],
    ['%05s|%2s|%+s|', [NAME, NAME, NAME], ' eth0|eth0|eth0|'],
    ['%s', [0n], ''],
    ['%pI4 %pi4', [IPV4, IPV4], '192.168.0.1 192.168.000.001'],
    ['%20pI4|', [IPV4], '192.168.0.1|'],
    ['%pI4', [0n], '0.0.0.0'],
    ['%pI6 %pi6', [IPV6, IPV6], '2001:0db8:0000:0000:0000:0000:0000:0001 20010db8000000000000000000000001'],
    ['%pI6c', [IPV6], '2001:0db8:0000:0000:0000:0000:0000:0001'],
    ['100%% done', [], '100% done'],
    ['%px|%20px|', [0x1234n, 5n], '0000000000001234|                   5|'],
    ['%p-', [0n], '0000000000000000-'],
    ['%ps %pS %pB', [0x1234n, 0x1234n, 0x1234n], '0x1234 0x1234 0x1234'],
    ['%08lx', [0xdeadn], '0000dead'],
    ['%-08x|', [0xdeadn], 'dead    |'],
    ['%+x % u', [5n, 6n], '5 6'],
    ['%0-5d|%-+5d|%+05d', [7n, 8n, 9n], '7    |+8   |+0009'],
    ['%012d|%-12d|', [-4n, -4n], '-00000000004|-4          |'],
    ['%  d|%--5d|', [4n, 4n], ' 4|4    |'],
    ['%i|%x', [0x1ffffffffn, 0x1ffffffffn], '-1|ffffffff'],
    ['%lX %llx', [-1n, -1n], 'FFFFFFFFFFFFFFFF ffffffffffffffff'],
    ['%lld', [-(2n ** 63n)], '-9223372036854775808'],
    ['tab\there\n%d', [7n], 'tab\there\n7'],
    ['extra', [1n, 2n], 'extra'],
  ])('%j', (format, values, text) => expect(formatText(format, values, memory)).toBe(text));
});

describe('formats that the kernel refuses', () => {
  it.each(['%#x', '%.3d', '%hd', '%pz', '%lc', '%ls', '%d%%%', 'b\u0001%d', '%ll', '%', '%d %', '%5%', '%d %d'])(
    '%j',
    format => expect(formatText(format, [7n], memory)).toBeUndefined(),
  );
});
