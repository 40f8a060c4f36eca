// A register in words, for people who do not read the kernel's notation.
import { type Bounds, S64_MAX, S64_MIN } from '../number/bounds.js';
import { U64_MAX } from '../number/tnum.js';
import { BEYOND_PACKET_END, type Register } from '../state/register.js';

/** `is a packet pointer, 14 bytes behind the start, of which 0 bytes are proved`. */
export function describeRegister(register: Register): string {
  const { kind, offset, bounds } = register;
  const place = placeOf(offset, bounds);
  const nullable = register.isNullable ? 'may be NULL or ' : '';
  switch (kind) {
    case 'uninitialised':
      return 'was not written on this path';
    case 'scalar':
      return `is a number${numberOf(bounds)}`;
    case 'packet':
    case 'packetMeta': {
      const what = kind === 'packet' ? 'a packet pointer' : 'a pointer to the metadata before the packet';
      return `is ${what}${place}; ${rangeOf(register)}`;
    }
    case 'packetEnd':
      return 'is the end of the packet (data_end)';
    case 'mapValue':
      return `${nullable}points to a value of map ${register.map!.spec.name} (${register.map!.valueBytes} bytes)${place}`;
    case 'mapKey':
      return `points to a key of map ${register.map!.spec.name} (${register.map!.keyBytes} bytes)${place}`;
    case 'map':
      return `is map ${register.map!.spec.name}`;
    case 'stack':
      return `points to the stack${place}`;
    case 'memory':
      return `${nullable}points to ${register.memoryBytes} bytes of memory${place}`;
    case 'context':
      return `is the context${place}`;
    case 'function':
      return 'is the address of a function';
    default:
      return `${nullable}points to a ${register.typeName === '' ? kind : register.typeName}${place}`;
  }
}

function placeOf(offset: number, bounds: Bounds): string {
  const isFixed = bounds.bits.mask === 0n && bounds.bits.value === 0n;
  const fixed = offset === 0 ? '' : ` ${offset < 0 ? `- ${-offset}` : `+ ${offset}`}`;
  return isFixed ? fixed : `${fixed} + a number${numberOf(bounds)}`;
}

function numberOf({ bits, umin, umax, smin, smax }: Bounds): string {
  if (bits.mask === 0n) return ` (${BigInt.asIntN(64, bits.value)})`;
  if (umin !== 0n || umax !== U64_MAX) return ` from ${umin} to ${umax}`;
  return smin === S64_MIN && smax === S64_MAX ? ' of which nothing is known' : ` from ${smin} to ${smax}`;
}

function rangeOf({ range }: Register): string {
  if (range < 0) return `it stands ${range === BEYOND_PACKET_END ? 'behind' : 'at or behind'} the end`;
  return range === 0
    ? 'no bytes behind the start were compared with data_end'
    : `${range} bytes from its origin were proved to be in the packet`;
}
