// Which rows of the registry a program holds.
import { OPCODE } from '../../isa/opcode.js';
import { readRaw, slotCount } from '../../isa/raw.js';
import { findOperation, OPERATIONS, type Operation } from '../../isa/table.js';

/** The rows of the instructions of a program, each once. */
export function rowsOfCode(code: Uint8Array): ReadonlySet<Operation> {
  const rows = new Set<Operation>();
  for (let slot = 0; slot < slotCount(code); slot++) {
    const raw = readRaw(code, slot);
    const row = findOperation(raw);
    if (row !== undefined) rows.add(row);
    if (raw.opcode !== OPCODE.loadImmediate64) continue;
    rows.add(SECOND_SLOT);
    slot++;
  }
  return rows;
}

/** The registry lists the second slot of a 64-bit immediate load as a row of its own. */
const SECOND_SLOT: Operation = OPERATIONS.find(({ opcode }) => opcode === 0)!;
