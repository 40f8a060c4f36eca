// Loops of a program's control flow: its strongly connected components. R. Tarjan, "Depth-first search and linear graph algorithms" (1972).

/**
 * The component that each slot belongs to, 0 for slots in no loop.
 * @param loops slots that are a loop by themselves, whatever follows them
 */
export function components(successors: readonly (readonly number[])[], loops: Uint8Array): Int32Array {
  const count = successors.length;
  const component = new Int32Array(count);
  const order = new Int32Array(count);
  const low = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  const open: number[] = [];
  let [visited, last] = [0, 0];

  const close = (slot: number): void => {
    const isLoop = open.at(-1) !== slot || successors[slot]!.includes(slot) || loops[slot] === 1;
    if (isLoop) last++;
    for (let member = -1; member !== slot; ) {
      member = open.pop()!;
      isOpen[member] = 0;
      component[member] = isLoop ? last : 0;
    }
  };

  for (let root = 0; root < count; root++) {
    const path: { readonly slot: number; next: number }[] = order[root] === 0 ? [{ slot: root, next: 0 }] : [];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { slot } = top;
      if (top.next === 0) {
        order[slot] = low[slot] = ++visited;
        open.push(slot);
        isOpen[slot] = 1;
      }
      const to = successors[slot]![top.next++];
      if (to === undefined) {
        path.pop();
        if (low[slot] === order[slot]) close(slot);
        const parent = path.at(-1)?.slot;
        if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[slot]!);
      } else if (order[to] === 0) {
        path.push({ slot: to, next: 0 });
      } else if (isOpen[to] === 1) {
        low[slot] = Math.min(low[slot]!, order[to]!);
      }
    }
  }
  return component;
}
