// What programs own: allocated objects, and the lists and trees that own them in turn. A list head or tree root in memory holds the number of its
// contents; where the kernel's fields of a value start anew, that becomes 0, and what it held is given back.
import type { MachineMemory } from '../memory.js';
import type { Regions } from '../regions.js';
import { type AllocatedObject, ObjectHeap } from './heap.js';
import { Tree } from './tree.js';

/** Contents of a list: node addresses, first to last. */
export interface List {
  readonly nodes: number[];
}

type Contents = { readonly kind: 'list'; readonly list: List } | { readonly kind: 'tree'; readonly tree: Tree };

interface Held {
  readonly address: number;
  readonly contents: Contents;
}

/** Objects of programs with everything that holds them. */
export class AllocatedObjects {
  readonly heap: ObjectHeap;
  private readonly memory: MachineMemory;
  private readonly held = new Map<number, Held>();
  /** The number last given to a place. */
  private readonly numberAt = new Map<number, number>();
  /** Which contents a node stands in. */
  private readonly ownerOf = new Map<number, Contents>();
  private last = 0;

  constructor(memory: MachineMemory, regions: Regions) {
    this.memory = memory;
    this.heap = new ObjectHeap(memory, regions);
  }

  /** The list whose head stands at an address. */
  list(address: number): Contents & { readonly kind: 'list' } {
    const found = this.contentsAt(address);
    if (found?.kind === 'list') return found;
    return this.create(address, { kind: 'list', list: { nodes: [] } });
  }

  /** The tree whose root stands at an address. */
  tree(address: number): Contents & { readonly kind: 'tree' } {
    const found = this.contentsAt(address);
    if (found?.kind === 'tree') return found;
    return this.create(address, { kind: 'tree', tree: new Tree() });
  }

  /** Whether a node stands in a list or tree. */
  isHeld(node: number): boolean {
    return this.ownerOf.has(node);
  }

  /** Notes that a node stands in these contents, or in none. */
  setOwner(node: number, contents: Contents | undefined): void {
    if (contents === undefined) this.ownerOf.delete(node);
    else this.ownerOf.set(node, contents);
  }

  /** One owner less; the last one takes with it what the object holds. */
  drop(object: AllocatedObject): void {
    const pending = [object];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      next.owners--;
      if (next.owners > 0) continue;
      pending.push(...this.contentsOf(next));
      this.heap.release(next);
    }
  }

  /** The object whose address is kept in a pointer field is given back, and so is what a head or root at an address holds. */
  dropField(kind: string, address: number): void {
    for (const object of this.inField(kind, address)) this.drop(object);
  }

  private contentsOf({ address, fields }: AllocatedObject): AllocatedObject[] {
    return fields.flatMap(({ kind, offset }) => this.inField(kind, address + offset));
  }

  private inField(kind: string, address: number): AllocatedObject[] {
    if (kind === 'kptr') {
      const object = this.heap.at(this.memory.view.getUint32(address, true));
      this.memory.view.setBigUint64(address, 0n, true);
      return object === undefined ? [] : [object];
    }
    if (kind !== 'bpf_list_head' && kind !== 'bpf_rb_root') return [];
    const number = this.memory.view.getUint32(address, true);
    this.memory.view.setUint32(address, 0, true);
    return this.emptied(number, address);
  }

  private contentsAt(address: number): Contents | undefined {
    const held = this.held.get(this.memory.view.getUint32(address, true));
    return held?.address === address ? held.contents : undefined;
  }

  private create<C extends Contents>(address: number, contents: C): C {
    const before = this.numberAt.get(address);
    if (before !== undefined) for (const object of this.emptied(before, address)) this.drop(object);
    this.last++;
    this.held.set(this.last, { address, contents });
    this.numberAt.set(address, this.last);
    this.memory.view.setUint32(address, this.last, true);
    return contents;
  }

  /** Takes everything out of contents that are gone. */
  private emptied(number: number, address: number): AllocatedObject[] {
    const held = this.held.get(number);
    if (held?.address !== address) return [];
    this.held.delete(number);
    const { contents } = held;
    const nodes = contents.kind === 'list' ? contents.list.nodes : contents.tree.addresses();
    return nodes.flatMap(node => {
      this.ownerOf.delete(node);
      return this.heap.around(node) ?? [];
    });
  }
}
