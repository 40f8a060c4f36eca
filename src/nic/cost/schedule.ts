// List scheduling of operations into rows of a VLIW processor: latency 1, write after read in the same row, registers may be renamed.

/** What scheduling needs to know of one operation. */
export interface Schedulable {
  /** Places in the list of operations whose results it uses. */
  readonly needs: readonly number[];
  /** Its own place in the list that `needs` counts in. */
  readonly place: number;
  /** One such operation fits a row. */
  readonly isCall: boolean;
  /** It leaves the block: nothing of the block may come in a later row. */
  readonly isBranch: boolean;
}

/**
 * Rows that a list of operations takes, in order of height.
 * @param lanes operations of one row
 */
export function scheduleRows(operations: readonly Schedulable[], lanes: number): number {
  const heights = heightsOf(operations);
  const order = [...operations].sort((a, b) => heights.get(b.place)! - heights.get(a.place)! || a.place - b.place);
  const rowOf = new Map<number, number>();
  const inBlock = new Set(operations.map(({ place }) => place));
  const used: number[] = [];
  const calls = new Set<number>();
  let last = -1;
  for (const operation of byReadiness(order, inBlock)) {
    let row = 0;
    for (const need of operation.needs) if (rowOf.has(need)) row = Math.max(row, rowOf.get(need)! + 1);
    if (operation.isBranch) row = Math.max(row, 0);
    while ((used[row] ?? 0) >= lanes || (operation.isCall && calls.has(row))) row++;
    used[row] = (used[row] ?? 0) + 1;
    if (operation.isCall) calls.add(row);
    rowOf.set(operation.place, row);
    last = Math.max(last, row);
  }
  return last + 1;
}

/** The same order with every operation behind those that it needs. */
function byReadiness<T extends Schedulable>(order: readonly T[], inBlock: ReadonlySet<number>): readonly T[] {
  const byPlace = new Map(order.map(operation => [operation.place, operation]));
  const done = new Set<number>();
  const result: T[] = [];
  const visit = (operation: T): void => {
    if (done.has(operation.place)) return;
    done.add(operation.place);
    for (const need of operation.needs) if (inBlock.has(need)) visit(byPlace.get(need)!);
    result.push(operation);
  };
  for (const operation of order) visit(operation);
  return result;
}

/** Length of the longest chain that starts at each operation. */
function heightsOf(operations: readonly Schedulable[]): ReadonlyMap<number, number> {
  const heights = new Map(operations.map(({ place }) => [place, 1]));
  for (const { place, needs } of operations.toReversed()) {
    for (const need of needs) {
      const height = heights.get(need);
      if (height !== undefined) heights.set(need, Math.max(height, heights.get(place)! + 1));
    }
  }
  return heights;
}
