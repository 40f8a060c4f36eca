// A red-black tree of node addresses, balanced step by step as the kernel's is, so that programs that look at root, left and right see the same
// shape. Cormen, Leiserson, Rivest, Stein: Introduction to Algorithms, chapter "Red-Black Trees".

interface Node {
  readonly address: number;
  left: Node | undefined;
  right: Node | undefined;
  parent: Node | undefined;
  isRed: boolean;
}

type Side = 'left' | 'right';

/** Nodes in the order of a comparison that the program gives. */
export class Tree {
  private top: Node | undefined;
  private readonly nodes = new Map<number, Node>();

  /** Address of the node at the top, 0 for none; and so on for all others. */
  get root(): number {
    return this.top?.address ?? 0;
  }

  get first(): number {
    let node = this.top;
    while (node?.left !== undefined) node = node.left;
    return node?.address ?? 0;
  }

  has(address: number): boolean {
    return this.nodes.has(address);
  }

  /** The child of a node, 0 for none and for nodes of other trees. */
  child(address: number, side: Side): number {
    return this.nodes.get(address)?.[side]?.address ?? 0;
  }

  /** All nodes, in no order that matters. */
  addresses(): number[] {
    return [...this.nodes.keys()];
  }

  /** Adds a node: `isLess` says whether it comes before another one. */
  add(address: number, isLess: (other: number) => boolean): void {
    let parent: Node | undefined;
    let side: Side = 'left';
    for (let at = this.top; at !== undefined; at = at[side]) {
      parent = at;
      side = isLess(at.address) ? 'left' : 'right';
    }
    const node: Node = { address, left: undefined, right: undefined, parent, isRed: true };
    this.nodes.set(address, node);
    if (parent === undefined) this.top = node;
    else parent[side] = node;
    this.balanceAdded(node);
  }

  /** Takes a node out; false where it is not in this tree. */
  remove(address: number): boolean {
    const node = this.nodes.get(address);
    if (node === undefined) return false;
    this.nodes.delete(address);
    this.unlink(node);
    return true;
  }

  private balanceAdded(added: Node): void {
    let node = added;
    while (node.parent?.isRed === true) {
      const { parent } = node;
      const above = parent.parent!;
      const side: Side = above.left === parent ? 'left' : 'right';
      const uncle = above[other(side)];
      if (uncle?.isRed === true) {
        parent.isRed = false;
        uncle.isRed = false;
        above.isRed = true;
        node = above;
        continue;
      }
      if (parent[other(side)] === node) {
        this.rotate(parent, side);
        node = parent;
      }
      node.parent!.isRed = false;
      above.isRed = true;
      this.rotate(above, other(side));
    }
    this.top!.isRed = false;
  }

  /** The child on the other side comes up, `node` goes down to `side`. */
  private rotate(node: Node, side: Side): void {
    const child = node[other(side)]!;
    node[other(side)] = child[side];
    if (child[side] !== undefined) child[side]!.parent = node;
    this.replace(node, child);
    child[side] = node;
    node.parent = child;
  }

  private replace(node: Node, by: Node | undefined): void {
    const { parent } = node;
    if (parent === undefined) this.top = by;
    else parent[parent.left === node ? 'left' : 'right'] = by;
    if (by !== undefined) by.parent = parent;
  }

  private unlink(node: Node): void {
    if (node.left === undefined || node.right === undefined) {
      const child = node.left ?? node.right;
      const { parent } = node;
      const side: Side = parent?.left === node ? 'left' : 'right';
      this.replace(node, child);
      if (!node.isRed) this.balanceRemoved(child, parent, side);
      return;
    }
    let next = node.right;
    while (next.left !== undefined) next = next.left;
    const wasRed = next.isRed;
    const child = next.right;
    const isDirect = next === node.right;
    const parent = isDirect ? next : next.parent!;
    if (!isDirect) {
      this.replace(next, child);
      next.right = node.right;
      next.right.parent = next;
    }
    this.replace(node, next);
    next.left = node.left;
    next.left.parent = next;
    next.isRed = node.isRed;
    if (!wasRed) this.balanceRemoved(child, parent, isDirect ? 'right' : 'left');
  }

  /** One black node is missing on `side` of `parent`, where `child` stands now. */
  private balanceRemoved(child: Node | undefined, parent: Node | undefined, side: Side): void {
    let [node, above, at] = [child, parent, side];
    while (above !== undefined && node?.isRed !== true) {
      let sibling = above[other(at)]!;
      if (sibling.isRed) {
        sibling.isRed = false;
        above.isRed = true;
        this.rotate(above, at);
        sibling = above[other(at)]!;
      }
      if (sibling.left?.isRed !== true && sibling.right?.isRed !== true) {
        sibling.isRed = true;
        node = above;
        above = node.parent;
        at = above?.left === node ? 'left' : 'right';
        continue;
      }
      if (sibling[other(at)]?.isRed !== true) {
        sibling[at]!.isRed = false;
        sibling.isRed = true;
        this.rotate(sibling, other(at));
        sibling = above[other(at)]!;
      }
      sibling.isRed = above.isRed;
      above.isRed = false;
      sibling[other(at)]!.isRed = false;
      this.rotate(above, at);
      return;
    }
    if (node !== undefined) node.isRed = false;
  }
}

function other(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}
