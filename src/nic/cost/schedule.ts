// List scheduling of operations into rows of a VLIW processor: latency 1, write after read in the same row, registers may be renamed; a call's
// arguments are set in its own row.

/** What scheduling needs to know of one operation. */
export interface Schedulable {
  /** Its own place in the list that `needs` counts in. */
  readonly place: number;
  /** Places of operations whose results it uses. */
  readonly needs: readonly number[];
  /** Those of `needs` whose results are there in time although they are made in the same row: a call takes its arguments a stage later. */
  readonly inRow?: readonly number[];
  /** Calls keep their order and take a row each. */
  readonly isCall: boolean;
  /** Branches keep their order; several fit a row, the first lane decides first. */
  readonly isBranch: boolean;
  /** Others see what it does, so that it may not come before a branch that stands before it, nor behind one that stands behind it. */
  readonly hasEffect: boolean;
}

/**
 * Rows that operations take whose control is one way: branches between them are not taken.
 * @param lanes operations of one row
 */
export function scheduleRows(operations: readonly Schedulable[], lanes: number): number {
  const edges = edgesOf(operations);
  const heights = heightsOf(edges);
  const rows: (number | undefined)[] = operations.map(() => undefined);
  let left = operations.length;
  let row = 0;
  for (; left > 0; row++) left -= fillRow(row, rows, edges, heights, operations, lanes);
  return row;
}

/** One edge: the row of `to` is at least that of `from` plus `rows`. */
interface Edge {
  readonly from: number;
  readonly rows: 0 | 1;
}

/** Fills one row with what is ready, the longest chains first; how many operations it took. */
function fillRow(
  row: number,
  rows: (number | undefined)[],
  edges: readonly (readonly Edge[])[],
  heights: readonly number[],
  operations: readonly Schedulable[],
  lanes: number,
): number {
  let taken = 0;
  let hasCall = false;
  const isReady = (index: number): boolean =>
    rows[index] === undefined && edges[index]!.every(edge => (rows[edge.from] ?? row + 1) + edge.rows <= row);
  while (taken < lanes) {
    let best = -1;
    for (let index = 0; index < operations.length; index++) {
      if (!isReady(index) || (hasCall && operations[index]!.isCall)) continue;
      if (best < 0 || heights[index]! > heights[best]!) best = index;
    }
    if (best < 0) break;
    rows[best] = row;
    hasCall ||= operations[best]!.isCall;
    taken++;
  }
  return taken;
}

function edgesOf(operations: readonly Schedulable[]): readonly (readonly Edge[])[] {
  const indexOf = new Map(operations.map(({ place }, index) => [place, index]));
  let lastBranch: number | undefined;
  let lastCall: number | undefined;
  let effects: number[] = [];
  return operations.map((operation, index) => {
    const edges: Edge[] = operation.needs.flatMap(need => {
      const from = indexOf.get(need);
      return from === undefined ? [] : [{ from, rows: operation.inRow?.includes(need) ? (0 as const) : (1 as const) }];
    });
    if (operation.isBranch || operation.hasEffect) {
      if (lastBranch !== undefined) edges.push({ from: lastBranch, rows: operation.isBranch ? 0 : 1 });
    }
    if (operation.isBranch) {
      edges.push(...effects.map(from => ({ from, rows: 0 as const })));
      effects = [];
      lastBranch = index;
    }
    if (operation.hasEffect) effects.push(index);
    if (operation.isCall) {
      if (lastCall !== undefined) edges.push({ from: lastCall, rows: 1 });
      lastCall = index;
    }
    return edges;
  });
}

/** Rows from each operation to the end of the longest chain behind it. */
function heightsOf(edges: readonly (readonly Edge[])[]): readonly number[] {
  const heights = edges.map(() => 1);
  for (let index = edges.length - 1; index >= 0; index--) {
    for (const { from, rows } of edges[index]!) heights[from] = Math.max(heights[from]!, heights[index]! + rows);
  }
  return heights;
}
