// The geometry of a frame's buffer at each limit. Numbers observed on Linux 6.18 with BPF_PROG_TEST_RUN.
import { beforeEach, describe, expect, it } from 'vitest';
import { MachineMemory } from '../../src/machine/memory.js';
import { PacketBuffer } from '../../src/machine/packet.js';

const EINVAL = -22;
const EACCES = -13;
const EFAULT = -14;

let memory: MachineMemory;
let packet: PacketBuffer;

beforeEach(() => {
  memory = new MachineMemory();
  packet = new PacketBuffer(memory);
});

function load(lengthBytes: number): void {
  const bytes = Uint8Array.from({ length: lengthBytes }, (_, at) => at % 251);
  packet.load(bytes, { ingressIfindex: 3, queue: 7 });
}

/** Words of xdp_md. */
function context(): number[] {
  return [...memory.u32.subarray(packet.contextAddress / 4, packet.contextAddress / 4 + 6)];
}

describe('a loaded frame', () => {
  it('has 256 bytes of headroom, no metadata, and a context that says so', () => {
    load(64);
    const data = packet.slotAddress + 256;
    expect(context()).toEqual([data, data + 64, data, 3, 7, 0]);
  });

  it.each([
    { length: 14, linear: 14, fragments: 0 },
    { length: 3520, linear: 3520, fragments: 0 },
    { length: 3521, linear: 3520, fragments: 1 },
    { length: 7616, linear: 3520, fragments: 1 },
    { length: 7617, linear: 3520, fragments: 2 },
    { length: 73152, linear: 3520, fragments: 17 },
  ])('of $length bytes has $linear linear bytes and $fragments fragments', ({ length, linear, fragments }) => {
    load(length);
    expect([packet.linearBytes, packet.fragmentCount, packet.lengthBytes]).toEqual([linear, fragments, length]);
  });

  it('comes out as it went in, fragments and all', () => {
    load(9000);
    expect(packet.frame()).toEqual(Uint8Array.from({ length: 9000 }, (_, at) => at % 251));
  });

  it('finds zeros in the headroom that an earlier frame used', () => {
    load(64);
    packet.adjustHead(-100);
    memory.bytes.fill(0xff, packet.data, packet.dataEnd);
    load(64);
    packet.adjustHead(-100);
    expect(packet.frame().subarray(0, 100)).toEqual(new Uint8Array(100));
  });
});

describe('adjustHead', () => {
  it.each([
    { delta: -216, result: 0 },
    { delta: -217, result: EINVAL },
    { delta: 50, result: 0 },
    { delta: 51, result: EINVAL },
    { delta: 2147483647, result: EINVAL },
    { delta: -2147483648, result: EINVAL },
  ])('by $delta of 64 bytes gives $result', ({ delta, result }) => {
    load(64);
    expect(packet.adjustHead(delta)).toBe(result);
    expect(packet.lengthBytes).toBe(result === 0 ? 64 - delta : 64);
  });

  it('carries the metadata along', () => {
    load(64);
    packet.adjustMeta(-8);
    memory.bytes.set([1, 2, 3, 4, 5, 6, 7, 8], packet.dataMeta);
    expect(packet.adjustHead(-10)).toBe(0);
    expect([...packet.metadata()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('leaves room for the metadata', () => {
    load(64);
    packet.adjustMeta(-8);
    expect(packet.adjustHead(-209)).toBe(EINVAL);
    expect(packet.adjustHead(-208)).toBe(0);
  });
});

describe('adjustMeta', () => {
  it.each([
    { delta: -4, result: 0 },
    { delta: -2, result: EACCES },
    { delta: -216, result: 0 },
    { delta: -217, result: EINVAL },
    { delta: 1, result: EINVAL },
    { delta: 0, result: 0 },
  ])('by $delta gives $result', ({ delta, result }) => {
    load(64);
    expect(packet.adjustMeta(delta)).toBe(result);
  });

  it('allows 252 bytes and no more', () => {
    load(64);
    packet.adjustHead(40);
    expect([packet.adjustMeta(-256), packet.adjustMeta(-252)]).toEqual([EACCES, 0]);
  });
});

describe('adjustTail without fragments', () => {
  it.each([
    { length: 64, delta: 3456, result: 0 },
    { length: 64, delta: 3457, result: EINVAL },
    { length: 64, delta: -50, result: 0 },
    { length: 64, delta: -51, result: EINVAL },
    { length: 3520, delta: 1, result: EINVAL },
  ])('of $length bytes by $delta gives $result', ({ length, delta, result }) => {
    load(length);
    expect(packet.adjustTail(delta)).toBe(result);
    expect(packet.lengthBytes).toBe(result === 0 ? length + delta : length);
  });

  it('may use what adjustHead gave up at the other end', () => {
    load(64);
    packet.adjustHead(10);
    expect([packet.adjustTail(3456), packet.linearBytes]).toEqual([0, 3510]);
  });

  it('grows with zeros', () => {
    load(64);
    packet.adjustTail(-10);
    packet.adjustTail(10);
    expect(packet.frame().subarray(54)).toEqual(new Uint8Array(10));
  });
});

describe('adjustTail with fragments', () => {
  it.each([
    { length: 5000, delta: -1, result: 0, fragments: 1 },
    { length: 5000, delta: -1480, result: 0, fragments: 0 },
    { length: 5000, delta: -1481, result: 0, fragments: 0 },
    { length: 5000, delta: -4986, result: 0, fragments: 0 },
    { length: 5000, delta: -4987, result: EINVAL, fragments: 1 },
    { length: 5000, delta: 2616, result: 0, fragments: 1 },
    { length: 5000, delta: 2617, result: EINVAL, fragments: 1 },
    { length: 9000, delta: -4987, result: 0, fragments: 1 },
    { length: 9000, delta: -8986, result: 0, fragments: 0 },
  ])('of $length bytes by $delta gives $result', ({ length, delta, result, fragments }) => {
    load(length);
    expect(packet.adjustTail(delta)).toBe(result);
    expect([packet.lengthBytes, packet.fragmentCount]).toEqual([result === 0 ? length + delta : length, fragments]);
  });

  it('grows the last fragment with zeros', () => {
    load(5000);
    packet.adjustTail(-100);
    packet.adjustTail(100);
    expect(packet.frame().subarray(4900)).toEqual(new Uint8Array(100));
  });
});

describe('loadBytes and storeBytes', () => {
  it.each([
    { offset: 4999, length: 1, result: 0 },
    { offset: 5000, length: 1, result: EINVAL },
    { offset: 65535, length: 65535, result: EINVAL },
    { offset: 65536, length: 1, result: EFAULT },
    { offset: 0, length: 65536, result: EFAULT },
  ])('of $length bytes at $offset of 5000 give $result', ({ offset, length, result }) => {
    load(5000);
    const buffer = memory.allocate(65536, 8, 'buffer');
    expect(packet.loadBytes(offset, buffer, length)).toBe(result);
    expect(packet.storeBytes(offset, buffer, length)).toBe(result);
    const copy = packet.loadCopy(offset, length);
    expect(typeof copy === 'number' ? copy : 0).toBe(result);
  });

  it('cross from the linear part into the first and the second fragment', () => {
    load(9000);
    const buffer = memory.allocate(8192, 8, 'buffer');
    expect(packet.loadBytes(3519, buffer, 4098)).toBe(0);
    expect(memory.bytes.slice(buffer, buffer + 4098)).toEqual(packet.frame().subarray(3519, 3519 + 4098));
    memory.bytes.fill(0xee, buffer, buffer + 4098);
    packet.storeBytes(3519, buffer, 4098);
    expect(packet.frame().subarray(3518, 7618)).toEqual(
      Uint8Array.from([3518 % 251, ...new Array(4098).fill(0xee), 7617 % 251]),
    );
  });
});
