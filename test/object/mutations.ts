// Damaged objects: bytes changed where it hurts (headers, symbols, relocations, type information, map definitions), the same ones for the
// same seed.
import { parseElf } from '../../src/elf/parse.js';

/** Numbers below a bound; the same for the same seed. xorshift32. */
export type Random = (below: number) => number;

/** A generator of random numbers. */
export function seededRandom(seed: number): Random {
  let state = (seed * 2654435761) | 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Byte ranges of a file that mutations prefer. */
export type Regions = readonly { readonly offset: number; readonly lengthBytes: number }[];

const SECTIONS = /^(\.BTF|\.BTF\.ext|\.maps|maps|\.symtab|\.strtab|\.rel.*|xdp.*|\.text|\.rodata|\.data|license)$/;

/** The ELF header, the section table, and each interesting section. */
export function regionsOf(bytes: Uint8Array): Regions {
  const { sections } = parseElf(bytes, 'seed');
  const found = sections.filter(({ name, data }) => data.byteLength > 0 && SECTIONS.test(name));
  const tableBytes = sections.length * 64;
  return [
    { offset: 0, lengthBytes: 64 },
    { offset: bytes.byteLength - tableBytes, lengthBytes: tableBytes },
    ...found.map(({ fileOffset, data }) => ({ offset: fileOffset, lengthBytes: data.byteLength })),
  ];
}

const WORDS = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff];

/** A damaged copy: 1 to 8 changes of a byte or a word in one or two regions, now and then a cut. */
export function mutate(bytes: Uint8Array, regions: Regions, random: Random): Uint8Array {
  const damaged = bytes.slice();
  const view = new DataView(damaged.buffer);
  for (let changes = 1 + random(8); changes > 0; changes--) {
    const { offset, lengthBytes } = regions[random(regions.length)]!;
    const at = offset + random(lengthBytes);
    if (at + 4 > damaged.byteLength) continue;
    changeAt(view, at, offset, random);
  }
  return random(20) === 0 ? damaged.subarray(0, random(damaged.byteLength)) : damaged;
}

function changeAt(view: DataView, at: number, regionStart: number, random: Random): void {
  const aligned = regionStart + Math.floor((at - regionStart) / 4) * 4;
  switch (random(6)) {
    case 0:
      view.setUint8(at, random(256));
      break;
    case 1:
      view.setUint8(at, view.getUint8(at) ^ (1 << random(8)));
      break;
    case 2:
      view.setUint32(aligned, WORDS[random(WORDS.length)]!, true);
      break;
    case 3:
      view.setUint32(aligned, view.getUint32(aligned, true) + random(17) - 8, true);
      break;
    case 4:
      view.setUint32(aligned, random(64), true);
      break;
    default:
      // What stands elsewhere in the file is likelier to be believed than noise.
      view.setUint32(aligned, view.getUint32(random(view.byteLength - 3), true), true);
  }
}
