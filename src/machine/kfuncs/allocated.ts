// bpf_obj_new, lists and trees. Linux kernel/bpf/helpers.c: what these functions give for what they are given.
import type { Btf } from '../../btf/btf.js';
import { asComposite } from '../../btf/resolve.js';
import { ERRNO } from '../../platform/errno.js';
import type { AllocatedObject } from '../allocated/heap.js';
import { Trap } from '../fault.js';
import { callBack } from '../helpers/maps.js';
import { give, type Helper, low, real, wide } from '../helpers/words.js';
import type { Machine } from '../machine.js';
import { typeFields } from '../maps/value-fields.js';
import { ANYTHING, fixed, type KfuncRow, kfunc } from './row.js';

const ROOT_BYTES = 16;

/** The object's types tell size and fields. */
type TypedHelper = (machine: Machine, words: Uint32Array, types: Btf | undefined) => void;

const create =
  (isPerCpu: boolean): TypedHelper =>
  (machine, words, types) => {
    const id = wide(words, 1);
    const struct = types !== undefined && id < types.typeCount ? asComposite(types, id) : undefined;
    if (types === undefined || struct === undefined)
      throw new Trap('helper', `the object has no struct with the id ${id}`);
    const { heap } = machine.allocated;
    const object = heap.allocate(struct.sizeBytes, typeFields(types, struct.id), isPerCpu ? machine.cpuCount : 0);
    give(words, object?.address ?? 0);
  };

/** Functions that need the types of the object that calls them. */
export const TYPED_KFUNCS: Readonly<Record<string, TypedHelper>> = {
  bpf_obj_new_impl: create(false),
  bpf_percpu_obj_new_impl: create(true),
};

const withoutTypes: Helper = () => {
  throw new Trap('helper', 'the types of the object are not known');
};

function objectAt(machine: Machine, address: number): AllocatedObject {
  const object = machine.allocated.heap.at(address);
  if (object === undefined) throw new Trap('helper', `no allocated object is at 0x${address.toString(16)}`);
  return object;
}

const drop: Helper = (machine, words) => {
  machine.allocated.drop(objectAt(machine, wide(words, 1)));
  give(words, 0);
};

/** NULL where the last owner has given it back already. */
const acquire: Helper = (machine, words) => {
  const address = low(words, 1);
  const object = machine.allocated.heap.at(address);
  if (object !== undefined) object.owners++;
  give(words, object === undefined ? 0 : address);
};

/** Puts a node in. Where it stands somewhere already, its owner is dropped as Linux does. */
function insert(machine: Machine, words: Uint32Array, put: (node: number) => void): void {
  const { allocated } = machine;
  const node = low(words, 2);
  const object = allocated.heap.around(node);
  if (object === undefined) throw new Trap('helper', `no allocated object is around 0x${node.toString(16)}`);
  if (allocated.isHeld(node)) {
    allocated.drop(object);
    return give(words, -ERRNO.EINVAL);
  }
  put(node);
  give(words, 0);
}

const push =
  (end: 'front' | 'back'): Helper =>
  (machine, words) => {
    const contents = machine.allocated.list(low(words, 1));
    insert(machine, words, node => {
      if (end === 'front') contents.list.nodes.unshift(node);
      else contents.list.nodes.push(node);
      machine.allocated.setOwner(node, contents);
    });
  };

const pop =
  (end: 'front' | 'back'): Helper =>
  (machine, words) => {
    const { nodes } = machine.allocated.list(low(words, 1)).list;
    const node = end === 'front' ? nodes.shift() : nodes.pop();
    if (node !== undefined) machine.allocated.setOwner(node, undefined);
    give(words, node ?? 0);
  };

const peek =
  (end: 'front' | 'back'): Helper =>
  (machine, words) =>
    give(words, machine.allocated.list(low(words, 1)).list.nodes.at(end === 'front' ? 0 : -1) ?? 0);

const add: Helper = (machine, words) => {
  const contents = machine.allocated.tree(low(words, 1));
  const less = low(words, 3);
  insert(machine, words, node => {
    contents.tree.add(node, other => {
      words.set([node, 0, other, 0, 0, 0, 0, 0, 0, 0], 2);
      callBack(machine, less);
      return words[0] !== 0;
    });
    machine.allocated.setOwner(node, contents);
  });
};

const remove: Helper = (machine, words) => {
  const { tree } = machine.allocated.tree(low(words, 1));
  const node = low(words, 2);
  const isRemoved = tree.remove(node);
  if (isRemoved) machine.allocated.setOwner(node, undefined);
  give(words, isRemoved ? node : 0);
};

const first: Helper = (machine, words) => give(words, machine.allocated.tree(low(words, 1)).tree.first);

const root: Helper = (machine, words) => give(words, machine.allocated.tree(low(words, 1)).tree.root);

const child =
  (side: 'left' | 'right'): Helper =>
  (machine, words) =>
    give(words, machine.allocated.tree(low(words, 1)).tree.child(low(words, 2), side));

const ROOT = fixed(ROOT_BYTES, 'update');
const LESS = { kind: 'callback', passes: [], returns: [0, 1] } as const;

/** By name. */
export const ALLOCATED_KFUNCS = {
  bpf_obj_new_impl: kfunc([ANYTHING], real(withoutTypes)),
  bpf_percpu_obj_new_impl: kfunc([ANYTHING], real(withoutTypes)),
  bpf_obj_drop_impl: kfunc([ANYTHING], real(drop)),
  bpf_percpu_obj_drop_impl: kfunc([ANYTHING], real(drop)),
  bpf_refcount_acquire_impl: kfunc([ANYTHING], real(acquire)),
  bpf_list_push_front_impl: kfunc([ROOT, ANYTHING], real(push('front'))),
  bpf_list_push_back_impl: kfunc([ROOT, ANYTHING], real(push('back'))),
  bpf_list_pop_front: kfunc([ROOT], real(pop('front'))),
  bpf_list_pop_back: kfunc([ROOT], real(pop('back'))),
  bpf_list_front: kfunc([ROOT], real(peek('front'))),
  bpf_list_back: kfunc([ROOT], real(peek('back'))),
  bpf_rbtree_add_impl: kfunc([ROOT, ANYTHING, LESS], real(add)),
  bpf_rbtree_remove: kfunc([ROOT, ANYTHING], real(remove)),
  bpf_rbtree_first: kfunc([ROOT], real(first)),
  bpf_rbtree_root: kfunc([ROOT], real(root)),
  bpf_rbtree_left: kfunc([ROOT, ANYTHING], real(child('left'))),
  bpf_rbtree_right: kfunc([ROOT, ANYTHING], real(child('right'))),
} as const satisfies Record<string, KfuncRow>;
