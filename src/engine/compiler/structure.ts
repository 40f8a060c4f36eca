// From a graph to WebAssembly's blocks and loops, after Ramsey, "Beyond Relooper" (ICFP 2022): a block that several ways lead to is placed
// behind a `block` of its immediate dominator, a block that a back edge leads to opens a `loop`, every other one stands where it is
// reached from. A graph with a cycle of several entries is run by a dispatch loop instead.
import { assert } from '../../support/errors.js';
import type { Block, Graph } from './graph.js';
import type { CodeWriter, Label, Local } from './wasm/code.js';
import { I32 } from './wasm/code.js';
import { OP } from './wasm/opcodes.js';

/** Writes what is in the blocks. */
export interface BlockWriter {
  /** The instructions but the jump at the end; of endings without successors, all of it, and control does not come back. */
  body(block: Block): void;
  /** Leaves an i32 that is not 0 where a branch is taken. */
  condition(block: Block): void;
  /** An edge to the same or an earlier block is about to be taken. */
  backEdge(from: Block, to: Block): void;
}

/** Writes the whole function; control never leaves at the end. */
export function writeStructured(graph: Graph, code: CodeWriter, writer: BlockWriter): void {
  if (graph.isReducible) new TreeWalk(graph, code, writer).run();
  else writeDispatched(graph, code, writer);
}

type Task =
  /** Write the block and what stands where it is reached from. */
  | { readonly kind: 'tree'; readonly block: number }
  /** Control goes on to the target. */
  | { readonly kind: 'goOn'; readonly from: Block; readonly target: number }
  | { readonly kind: 'end'; readonly label: Label };

/** A walk of the dominator tree with its own stack, since the tree is as deep as the function is long. */
class TreeWalk {
  private readonly graph: Graph;
  private readonly code: CodeWriter;
  private readonly writer: BlockWriter;
  /** By block: those that it dominates immediately and that several edges lead to, earliest first. */
  private readonly merges: readonly (readonly number[])[];
  /** By block: the label whose end it stands behind, and that of its loop. */
  private readonly forwardLabel: Int32Array;
  private readonly loopLabel: Int32Array;
  private readonly tasks: Task[] = [];

  constructor(graph: Graph, code: CodeWriter, writer: BlockWriter) {
    this.graph = graph;
    this.code = code;
    this.writer = writer;
    const merges: number[][] = graph.blocks.map(() => []);
    for (let block = 1; block < graph.blocks.length; block++) {
      if (graph.forwardEdges[block]! >= 2) merges[graph.dominator[block]!]!.push(block);
    }
    this.merges = merges;
    this.forwardLabel = new Int32Array(graph.blocks.length);
    this.loopLabel = new Int32Array(graph.blocks.length);
  }

  run(): void {
    this.tasks.push({ kind: 'tree', block: 0 });
    for (let task = this.tasks.pop(); task !== undefined; task = this.tasks.pop()) this.perform(task);
    this.code.op(OP.unreachable);
  }

  private perform(task: Task): void {
    switch (task.kind) {
      case 'tree':
        this.tree(task.block);
        break;
      case 'goOn':
        this.goOn(task.from, task.target);
        break;
      case 'end':
        this.code.end(task.label);
        break;
    }
  }

  /** Opens what belongs to the block and writes it; what follows it becomes tasks, the first of them last. */
  private tree(index: number): void {
    const { code, graph, tasks } = this;
    if (graph.isLoop[index] === 1) {
      const label = code.loop();
      this.loopLabel[index] = label;
      tasks.push({ kind: 'end', label });
    }
    const merges = this.merges[index]!;
    for (let at = merges.length - 1; at >= 0; at--) {
      const merge = merges[at]!;
      const label = code.block();
      this.forwardLabel[merge] = label;
      tasks.push({ kind: 'tree', block: merge }, { kind: 'end', label });
    }
    const block = graph.blocks[index]!;
    this.writer.body(block);
    if (block.successors.length === 1) this.goOn(block, block.successors[0]!);
    else if (block.successors.length === 2) this.branch(block, block.successors[0]!, block.successors[1]!);
  }

  private branch(block: Block, taken: number, next: number): void {
    this.writer.condition(block);
    if (this.isReachedByBranch(block, taken)) {
      this.branchIf(block, taken);
      this.goOn(block, next);
    } else if (this.isReachedByBranch(block, next)) {
      this.code.op(OP.i32_eqz);
      this.branchIf(block, next);
      this.goOn(block, taken);
    } else {
      const label = this.code.if();
      this.tasks.push({ kind: 'goOn', from: block, target: next }, { kind: 'end', label });
      this.tasks.push({ kind: 'tree', block: taken });
    }
  }

  /** Goes to `target` if the i32 on the stack is not 0. */
  private branchIf(from: Block, target: number): void {
    if (target > from.index) {
      this.code.branchIf(this.forwardLabel[target]!);
      return;
    }
    const label = this.code.if();
    this.jump(from, target);
    this.code.end(label);
  }

  private goOn(from: Block, target: number): void {
    if (this.isReachedByBranch(from, target)) this.jump(from, target);
    else this.tasks.push({ kind: 'tree', block: target });
  }

  /** Whether the target stands elsewhere, rather than behind `from`. */
  private isReachedByBranch(from: Block, target: number): boolean {
    return target <= from.index || this.graph.forwardEdges[target]! >= 2;
  }

  private jump(from: Block, target: number): void {
    if (target > from.index) {
      this.code.branch(this.forwardLabel[target]!);
      return;
    }
    this.writer.backEdge(from, this.graph.blocks[target]!);
    this.code.branch(this.loopLabel[target]!);
  }
}

/** Every block in a `block` of its own, chosen by a number in a local. */
function writeDispatched({ blocks }: Graph, code: CodeWriter, writer: BlockWriter): void {
  const next: Local = code.local(I32);
  code.i32(0);
  code.set(next);
  const loop = code.loop();
  const labels: Label[] = [];
  for (let at = 0; at < blocks.length; at++) labels.unshift(code.block());
  code.get(next);
  code.branchTable(labels);
  const goTo = (from: Block, target: number): void => {
    if (target <= from.index) writer.backEdge(from, blocks[target]!);
    code.i32(target);
    code.set(next);
    code.branch(loop);
  };
  for (const block of blocks) {
    code.end(labels[block.index]!);
    writer.body(block);
    const [first, second] = block.successors;
    if (second !== undefined) {
      writer.condition(block);
      const label = code.if();
      goTo(block, first!);
      code.end(label);
      goTo(block, second);
    } else if (first !== undefined) goTo(block, first);
  }
  code.end(loop);
  code.op(OP.unreachable);
  assert(blocks.length > 0, 'an entry block');
}
