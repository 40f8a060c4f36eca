// Loads and stores through pointers to the kernel's own structs, those behind maps among them.
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

/** Sizes of these structs in Linux 6.18 on x86-64, for where the kernel's types are not at hand. */
const MAP_OBJECT_BYTES: Readonly<Record<string, number>> = {
  bpf_map: 296,
  bpf_array: 312,
  bpf_htab: 832,
  bpf_dtab: 344,
  bpf_cpu_map: 304,
  xsk_map: 304,
  lpm_trie: 400,
  bpf_queue_stack: 312,
  bpf_ringbuf_map: 304,
  bpf_stab: 376,
  bpf_shtab: 384,
  bpf_bloom_filter: 312,
  bpf_stack_map: 320,
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
  const bytes = MAP_OBJECT_BYTES[name] ?? 0;
  if (offset + request.size > bytes) {
    reject('EACCES', `access beyond struct ${name} at off ${offset} size ${request.size}`);
  }
  return scalar(UNKNOWN);
}
