// Loads and stores through pointers to the kernel's own structs, those behind maps among them.
import { BPF_MAP_BYTES, BPF_MAP_MEMBERS, MAP_STRUCTS } from '../../platform/map-structs.js';
import { mapType } from '../../platform/map-types.js';
import { UNKNOWN } from '../number/bounds.js';
import type { MemoryAccess } from '../obligations.js';
import { reject } from '../rejected.js';
import type { KnownMap } from '../state/known-map.js';
import { FLAG, pointer, type Register, scalar } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { accessAllocated } from './allocated.js';
import { readObject, structOf } from './kernel-struct.js';
import { bitsText } from './names.js';

/** A load or store through a pointer to a struct of the kernel. Only one field of one struct can be written: the mark of a connection. */
export function accessObject(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register {
  const name = `R${request.base} is ptr_${base.typeName}`;
  if (!walker.prepared.isGpl) {
    reject('EINVAL', `Cannot access kernel 'struct ${base.typeName}' from non-GPL compatible program`);
  }
  if (offset < 0) reject('EACCES', `${name} invalid negative access: off=${offset}`, request.base);
  const { bits } = base.bounds;
  if (bits.mask !== 0n || bits.value !== 0n) {
    const place = `off=${offset}, var_off=${bitsText(bits)}`;
    reject('EACCES', `${name} invalid variable offset: ${place}`, request.base);
  }
  if ((base.flags & FLAG.perCpu) !== 0) reject('EACCES', `${name} access percpu memory: off=${offset}`, request.base);
  if (base.typeId !== 0) return accessAllocated(walker, request, base, offset);
  if (request.mode === 'read') return readObject(walker, base, offset, request.size);
  if (!CONNECTIONS.includes(base.typeName)) reject('EACCES', 'only read is supported');
  if (offset !== markOffset(walker)) reject('EACCES', `no write support to nf_conn at off ${offset}`);
  if (request.size > 4)
    reject(
      'EACCES',
      `write access at off ${offset} with size ${request.size} beyond the member of nf_conn ended at ${offset + 4}`,
    );
  return scalar(UNKNOWN);
}

/** A connection, and one that is not in the table yet: it begins with the same struct. */
const CONNECTIONS: readonly string[] = ['nf_conn', 'nf_conn___init'];
/** In Linux 6.18 on x86-64, for where the kernel's types are not at hand. */
const MARK_OFFSET = 168;

/** Offset of nf_conn.mark; undefined where the kernel has none. */
function markOffset(walker: Walker): number | undefined {
  const connection = structOf(walker.settings.kernelTypes, 'nf_conn');
  if (connection === undefined) return MARK_OFFSET;
  const mark = connection.members.find(member => member.name === 'mark');
  return mark && mark.bitOffset / 8;
}

/** The kernel's struct behind a map pointer; its fields are not known here, so reads give unknown numbers. */
function mapObjectName(map: KnownMap | undefined): string {
  const name = mapType(map?.type ?? 0)?.name ?? '';
  if (name.includes('array') || name === 'array_of_maps') return 'bpf_array';
  if (name.includes('hash') && !name.startsWith('dev') && !name.startsWith('sock')) return 'bpf_htab';
  return MAP_OBJECTS[name] ?? 'bpf_map';
}

const MAP_OBJECTS: Readonly<Record<string, string>> = {
  devmap: 'bpf_dtab',
  devmap_hash: 'bpf_dtab',
  cpumap: 'bpf_cpu_map',
  xskmap: 'xsk_map',
  lpm_trie: 'lpm_trie',
  queue: 'bpf_queue_stack',
  stack: 'bpf_queue_stack',
  ringbuf: 'bpf_ringbuf_map',
  user_ringbuf: 'bpf_ringbuf_map',
  stack_trace: 'bpf_stack_map',
  sockmap: 'bpf_stab',
  sockhash: 'bpf_shtab',
  bloom_filter: 'bpf_bloom_filter',
};

/** A load through the pointer to a map, which leads to the kernel's struct behind it. */
export function accessMapObject(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register {
  const name = mapObjectName(base.map);
  if (offset < 0) {
    reject('EACCES', `R${request.base} is ${name} invalid negative access: off=${offset}`, request.base);
  }
  if (request.mode === 'write') reject('EACCES', `only read from ${name} is supported`);
  if (walker.settings.kernelTypes !== undefined) {
    const struct = pointer('object', { typeName: name, flags: FLAG.untrusted });
    return readObject(walker, struct, offset, request.size);
  }
  checkMapMember(name, offset, request.size);
  return scalar(UNKNOWN);
}

/** Reads stay within one member, and pointers are read whole: for where the kernel's types are not at hand. */
function checkMapMember(struct: string, offset: number, size: number): void {
  const { sizeBytes, members } = MAP_STRUCTS[struct]!;
  const place = `off ${offset} size ${size}`;
  if (offset + size > sizeBytes) reject('EACCES', `access beyond struct ${struct} at ${place}`);
  const isCommon = offset < BPF_MAP_BYTES;
  const owner = isCommon ? 'bpf_map' : struct;
  if (isCommon && offset + size > BPF_MAP_BYTES) reject('EACCES', `access beyond struct bpf_map at ${place}`);
  const all = isCommon ? BPF_MAP_MEMBERS : members;
  const member = all.find(([, start, bytes]) => offset >= start && offset < start + bytes);
  if (member === undefined) reject('EINVAL', `struct ${owner} doesn't have field at offset ${offset}`);
  const [name, start, bytes, kind] = member;
  if (kind === 'inner') {
    reject('EACCES', `reads of ${name} in struct ${owner} are not supported by this verifier without --btf`);
  }
  if (kind === 'pointer' && (offset !== start || size !== bytes)) {
    reject('EACCES', `cannot access ptr member ${name} with moff ${start} in struct ${owner} with ${place}`);
  }
  if (offset + size > start + bytes) {
    const end = start + bytes;
    reject('EACCES', `access beyond the end of member ${name} (mend:${end}) in struct ${owner} with ${place}`);
  }
}
