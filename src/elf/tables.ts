// Sections that are arrays of fixed-size entries.
import { InputError } from '../support/errors.js';
import type { ElfSection } from './elf.js';

/** The number of entries of a section whose entries must have `entryBytes`. Throws InputError `elf-table`. */
export function requireTable(section: ElfSection, entryBytes: number, fileName: string): number {
  const { entrySizeBytes, sizeBytes, index, name } = section;
  if (entrySizeBytes === entryBytes && sizeBytes % entryBytes === 0) return sizeBytes / entryBytes;
  throw new InputError(
    'elf-table',
    `${fileName}: section ${index} '${name}': ${sizeBytes} bytes in entries of ${entrySizeBytes}, not of ${entryBytes}`,
  );
}

/**
 * Checks that the tables together are not larger than the file: in an honest file they do not overlap, and a hostile one could name the
 * same bytes many thousand times. Throws InputError `elf-table`.
 */
export function requireDisjointSize(tables: readonly ElfSection[], fileBytes: number, fileName: string): void {
  const total = tables.reduce((sum, section) => sum + section.data.byteLength, 0);
  if (total <= fileBytes) return;
  throw new InputError(
    'elf-table',
    `${fileName}: ${tables.length} symbol and relocation sections overlap: ${total} bytes in a file of ${fileBytes}`,
  );
}
