// Which section of an object holds what. libbpf 1.x bpf_object__elf_collect; legacy `maps` as cilium/ebpf and iproute2 read them.
import { SHT_NOBITS, SHT_PROGBITS } from '../elf/constants.js';
import type { ElfFile, ElfSection } from '../elf/elf.js';
import { decodeText } from '../support/bytes.js';
import { InputError } from '../support/errors.js';

/** What a data section's map is filled from and whether programs may write it. */
export type DataKind = 'data' | 'rodata' | 'bss';

/** A section that becomes an array map of one value. */
export interface DataSection {
  readonly section: ElfSection;
  readonly kind: DataKind;
}

/** The sections of an object, by use. */
export interface ObjectSections {
  /** Text of the `license` section, '' where absent. */
  readonly license: string;
  /** Executable sections that hold code, in file order. */
  readonly code: readonly ElfSection[];
  /** `.text`, where it holds code. */
  readonly text: ElfSection | undefined;
  /** `.maps`: maps defined through BTF. */
  readonly btfMaps: ElfSection | undefined;
  /** `maps` and `maps/...`: legacy definitions. */
  readonly legacyMaps: readonly ElfSection[];
  readonly data: readonly DataSection[];
  readonly btf: ElfSection | undefined;
  readonly btfExt: ElfSection | undefined;
  /** GCC made it, as its `.comment` says. */
  readonly isGnu: boolean;
}

/** Sections of zeros have no bytes in the file, so their size needs a limit of its own. */
const MAX_ZERO_BYTES = 256 * 1024 * 1024;

/**
 * Sorts the sections of an object by use; the others (DWARF, notes, string tables) are left out.
 * @throws InputError `section-size` where code and data are more than the file holds (overlapping sections), or zeros more than 256 MiB
 */
export function classifySections(elf: ElfFile, fileBytes: number): ObjectSections {
  const sections = sortSections(elf);
  const bytes = (list: readonly ElfSection[]): number => list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const data = sections.data.map(item => item.section);
  const stored = [...sections.code, ...sections.legacyMaps, ...data.filter(({ type }) => type !== SHT_NOBITS)];
  const zeros = data.filter(({ type }) => type === SHT_NOBITS);
  requireSize('code and data', bytes(stored), fileBytes);
  requireSize('.bss', bytes(zeros), MAX_ZERO_BYTES);
  return sections;
}

function requireSize(what: string, bytes: number, limit: number): void {
  if (bytes <= limit) return;
  throw new InputError(
    'section-size',
    `sections of ${what}: ${bytes} bytes are more than the ${limit} that there can be`,
  );
}

function sortSections(elf: ElfFile): ObjectSections {
  const filled = elf.sections.filter(section => section.type === SHT_PROGBITS && section.sizeBytes > 0);
  const code = filled.filter(section => section.isExecutable);
  const named = (name: string): ElfSection | undefined => elf.sections.find(section => section.name === name);
  return {
    license: licenseText(named('license')),
    code,
    text: code.find(section => section.name === '.text'),
    btfMaps: named('.maps'),
    legacyMaps: filled.filter(section => !section.isExecutable && isLegacyMapSection(section.name)),
    data: elf.sections.flatMap(section => dataSection(section)),
    btf: filled.find(section => section.name === '.BTF'),
    btfExt: filled.find(section => section.name === '.BTF.ext'),
    isGnu: decodeText(named('.comment')?.data.subarray(0, 256) ?? new Uint8Array(0)).includes('GCC:'),
  };
}

/** `maps`; `maps/NAME` of gobpf, which had a section per map. */
function isLegacyMapSection(name: string): boolean {
  return name === 'maps' || name.startsWith('maps/');
}

function dataSection(section: ElfSection): DataSection[] {
  const kind = dataKind(section);
  return kind === undefined || section.sizeBytes === 0 ? [] : [{ section, kind }];
}

function dataKind({ name, type, isExecutable }: ElfSection): DataKind | undefined {
  if (type === SHT_NOBITS && isNamed(name, '.bss')) return 'bss';
  if (type !== SHT_PROGBITS || isExecutable) return undefined;
  if (isNamed(name, '.data')) return 'data';
  return isNamed(name, '.rodata') ? 'rodata' : undefined;
}

function isNamed(name: string, stem: string): boolean {
  return name === stem || name.startsWith(`${stem}.`);
}

/** libbpf keeps 63 bytes, to the first NUL. */
function licenseText(section: ElfSection | undefined): string {
  if (section === undefined) return '';
  const bytes = section.data.subarray(0, 63);
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
}
