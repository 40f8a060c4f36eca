// Changes to inputs at random: fields, bytes, lengths, tags, whole packets of other kinds, repetitions, map entries.
import { fieldsOfPacket, setBitsAt } from '../../capture/packet-fields.js';
import { decodeSlots } from '../../isa/decode.js';
import type { MapSpec, ObjectSpec } from '../../object/spec.js';
import { MAP_TYPES } from '../../platform/map-types.js';
import { generateTraffic } from '../../traffic/generate.js';
import { PROFILES, type ProfileName } from '../../traffic/profiles.js';
import type { Random } from '../../traffic/random.js';
import { resizedBytes, withEntry, withPacket } from './aim.js';
import { type FuzzInput, lastPacket, type PacketOperation, packetOperation } from './input.js';
import { mend } from './mend.js';

const INTERESTING = [
  0, 1, 2, 4, 5, 6, 8, 16, 17, 20, 22, 53, 58, 64, 80, 127, 128, 255, 256, 443, 1024, 0x7fff, 0xffff,
] as const;
const LENGTHS = [14, 15, 18, 34, 42, 54, 60, 64, 128, 256, 1024, 1514, 3000, 3520, 3521, 5000, 9000, 20_000] as const;
const GAPS_NANOS = [1, 1000, 1_000_000, 1_000_000_000, 60_000_000_000] as const;
/** Maps whose entries user space stores as plain values. */
const FILLED_TYPES: readonly number[] = [
  MAP_TYPES.hash.id,
  MAP_TYPES.array.id,
  MAP_TYPES.percpu_hash.id,
  MAP_TYPES.percpu_array.id,
  MAP_TYPES.lru_hash.id,
  MAP_TYPES.lru_percpu_hash.id,
  MAP_TYPES.lpm_trie.id,
  MAP_TYPES.devmap.id,
  MAP_TYPES.devmap_hash.id,
];

/** The maps that a fuzzer may fill as user space would. */
export function fillableMaps(object: ObjectSpec): readonly MapSpec[] {
  return object.maps.filter(map => map.contents === undefined && FILLED_TYPES.includes(map.type));
}

let donors: readonly Uint8Array[] | undefined;

/** Packets of every kind, to take from; always the same. */
export function donorPackets(): readonly Uint8Array[] {
  donors ??= generatedDonors();
  return donors;
}

function generatedDonors(): Uint8Array[] {
  return (Object.keys(PROFILES) as ProfileName[]).flatMap(profile => {
    const mix = [{ profile, weight: 1 }];
    const frames = generateTraffic({ mix, seed: 1, packets: 12, packetsPerSecond: 1000 });
    return [...frames].map(({ bytes }) => bytes).filter(({ byteLength }) => byteLength >= 14);
  });
}

/** Constants that the programs have, as bytes in either order. */
function dictionaryOf(object: ObjectSpec): Uint8Array[] {
  const numbers = new Set<number>();
  for (const { code } of object.programs) {
    for (const instruction of decodeSlots(code).instructions) {
      if (instruction?.kind === 'loadImmediate64' && instruction.source === 0) numbers.add(instruction.low >>> 0);
      if ((instruction?.kind === 'branch' || instruction?.kind === 'alu') && instruction.source.kind === 'immediate') {
        numbers.add(instruction.source.value >>> 0);
      }
    }
  }
  return [...numbers].filter(number => number > 255).flatMap(numberBytes);
}

function numberBytes(number: number): Uint8Array[] {
  const size = number < 0x10000 ? 2 : 4;
  const bytes = Uint8Array.from({ length: size }, (_, at) => (number >>> (8 * at)) & 0xff);
  return [bytes, bytes.toReversed()];
}

type Change = (input: FuzzInput, packet: PacketOperation) => FuzzInput;

/** Makes new inputs out of old ones. */
export class Mutator {
  private readonly random: Random;
  private readonly dictionary: readonly Uint8Array[];
  private readonly donors: readonly Uint8Array[];
  private readonly maps: readonly MapSpec[];
  private readonly changes: readonly Change[];

  /** @param maps those that may be filled; none where the fuzzer keeps its hands off maps */
  constructor(random: Random, object: ObjectSpec, maps: readonly MapSpec[]) {
    this.random = random;
    this.dictionary = dictionaryOf(object);
    this.donors = donorPackets();
    this.maps = maps;
    this.changes = [
      ...weighted(6, (input, packet) => this.bytesChange(input, packet, bytes => this.setField(bytes))),
      ...weighted(4, (input, packet) => this.bytesChange(input, packet, bytes => this.setBytes(bytes))),
      ...weighted(2, (input, packet) => this.bytesChange(input, packet, bytes => this.setConstant(bytes))),
      ...weighted(2, (input, packet) => withPacket(input, packet, this.resize(packet.bytes))),
      ...weighted(1, (input, packet) => withPacket(input, packet, this.tag(packet.bytes))),
      ...weighted(1, (input, packet) => withPacket(input, packet, this.random.pick(this.donors))),
      ...weighted(1, (input, packet) => withPacket(input, packet, this.splice(packet.bytes))),
      ...weighted(1, (input, packet) => this.repeat(input, packet)),
      ...weighted(this.maps.length > 0 ? 2 : 0, (input, packet) => this.store(input, packet)),
    ];
  }

  /** An input with one to six changes; lengths and checksums fit again in most. */
  mutate(input: FuzzInput): FuzzInput {
    let changed = input;
    const rounds = 1 << this.random.below(3);
    for (let round = 0; round < rounds; round++) changed = this.random.pick(this.changes)(changed, lastPacket(changed));
    if (this.random.below(3) === 0) return changed;
    const packet = lastPacket(changed);
    const bytes = packet.bytes.slice();
    mend(bytes);
    return withPacket(changed, packet, bytes);
  }

  private bytesChange(input: FuzzInput, packet: PacketOperation, change: (bytes: Uint8Array) => void): FuzzInput {
    const bytes = packet.bytes.slice();
    change(bytes);
    return withPacket(input, packet, bytes);
  }

  private setField(bytes: Uint8Array): void {
    const fields = fieldsOfPacket(bytes).flatMap(layer => layer.fields);
    if (fields.length === 0) return this.setBytes(bytes);
    const { offsetBits, lengthBits } = this.random.pick(fields);
    const bits = Math.min(lengthBits, 32);
    const value = this.random.below(2) === 0 ? this.random.next() : this.random.pick(INTERESTING);
    setBitsAt(bytes, offsetBits + lengthBits - bits, bits, bits === 32 ? value : value % 2 ** bits);
  }

  private setBytes(bytes: Uint8Array): void {
    const at = this.random.below(Math.min(bytes.byteLength, this.random.below(4) === 0 ? bytes.byteLength : 128));
    const count = this.random.pick([1, 1, 1, 2, 4]);
    for (let index = at; index < Math.min(at + count, bytes.byteLength); index++) bytes[index] = this.random.below(256);
  }

  private setConstant(bytes: Uint8Array): void {
    if (this.dictionary.length === 0) return this.setBytes(bytes);
    const constant = this.random.pick(this.dictionary);
    const at = this.random.below(Math.min(bytes.byteLength, 128));
    bytes.set(constant.subarray(0, bytes.byteLength - at), at);
  }

  private resize(bytes: Uint8Array): Uint8Array {
    const { random } = this;
    const near = Math.max(14, bytes.byteLength + random.between(-8, 8));
    return resizedBytes(bytes, random.below(2) === 0 ? near : random.pick(LENGTHS));
  }

  /** A VLAN tag more, or four bytes less where tags stand. */
  private tag(bytes: Uint8Array): Uint8Array {
    if (this.random.below(3) === 0 && bytes.byteLength >= 22) return without(bytes, 12, 4);
    const tag = [0x81, 0, this.random.below(256), this.random.below(256)];
    return Uint8Array.from([...bytes.subarray(0, 12), ...tag, ...bytes.subarray(12)]);
  }

  /** The front of this packet, and of another what stands behind as many bytes or others. */
  private splice(bytes: Uint8Array): Uint8Array {
    const other = this.random.pick(this.donors);
    const cut = this.random.below(Math.min(bytes.byteLength, 100));
    const from = this.random.below(2) === 0 ? cut : this.random.below(Math.min(other.byteLength, 100));
    const joined = [...bytes.subarray(0, cut), ...other.subarray(from)];
    return resizedBytes(Uint8Array.from(joined), Math.max(14, joined.length));
  }

  private repeat(input: FuzzInput, packet: PacketOperation): FuzzInput {
    const gapNanos = this.random.pick(GAPS_NANOS);
    const times = this.random.pick([1, 1, 2, 4, 16]);
    if (input.length + times > MAX_OPERATIONS) return input;
    return [...input, ...new Array<PacketOperation>(times).fill({ ...packet, gapNanos })];
  }

  private store(input: FuzzInput, packet: PacketOperation): FuzzInput {
    if (input.length >= MAX_OPERATIONS) return input;
    const map = this.random.pick(this.maps);
    const key =
      this.random.below(2) === 0 ? this.smallNumber(map.keySizeBytes) : this.chunk(packet.bytes, map.keySizeBytes);
    const value = this.random.below(4) === 0 ? this.random.bytes(map.valueSizeBytes) : this.words(map.valueSizeBytes);
    return withEntry(input, { kind: 'entry', map: map.name, key, value });
  }

  private smallNumber(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    bytes[0] = this.random.below(8);
    return bytes;
  }

  private chunk(bytes: Uint8Array, sizeBytes: number): Uint8Array {
    const at = this.random.below(Math.max(1, Math.min(bytes.byteLength, 64)));
    return resizedBytes(bytes.subarray(at), sizeBytes);
  }

  private words(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    for (let at = 0; at < sizeBytes; at += 4) bytes[at] = this.random.below(4);
    return bytes;
  }
}

/** Longer inputs say little to who reads them. */
const MAX_OPERATIONS = 48;

function weighted(times: number, change: Change): Change[] {
  return new Array<Change>(times).fill(change);
}

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + count)]);
}

/** Packets to start from, as inputs. */
export function seedInputs(packets: readonly Uint8Array[]): FuzzInput[] {
  return packets.map(bytes => [packetOperation(bytes)]);
}
