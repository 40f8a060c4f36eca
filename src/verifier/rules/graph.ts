// Lists and trees of allocated objects: bpf_list_* and bpf_rbtree_*. They are touched only under the lock that lies beside their root; what is put in
// is lent, what is taken out is owned again. Kernel Documentation/bpf/graph_ds_impl.rst.

import { UNKNOWN } from '../number/bounds.js';
import { reject } from '../rejected.js';
import { FLAG, pointer, type Register, scalar, UNINITIALISED } from '../state/register.js';
import type { RootContents, SpecialField } from '../state/special-fields.js';
import type { Reference } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { borrowedFlags, fieldsOfType, isAllocated, isPlainAllocated, lend } from './allocated.js';
import { requireArgumentOffset } from './argument-offset.js';
import { pushCallback } from './functions.js';
import { acquire } from './references.js';

/** A root with what it holds. */
interface Root {
  /** `bpf_list_head` or `bpf_rb_root`. */
  readonly name: string;
  readonly contents: RootContents;
}

const NODE = { bpf_list_head: 'bpf_list_node', bpf_rb_root: 'bpf_rb_node' } as const;

/** bpf_list_push_front_impl and bpf_list_push_back_impl. */
export function pushToList(walker: Walker): Register {
  const root = proveRoot(walker, 'bpf_list_head');
  const node = proveOwnedNode(walker, root);
  proveNumber(walker, 4);
  lend(walker, node.referenceId);
  return scalar(UNKNOWN);
}

/** bpf_list_pop_front and bpf_list_pop_back. */
export function popFromList(walker: Walker): Register {
  return taken(walker, proveRoot(walker, 'bpf_list_head'));
}

/** bpf_list_front and bpf_list_back. */
export function peekInList(walker: Walker): Register {
  return borrowed(walker, proveRoot(walker, 'bpf_list_head'));
}

/** bpf_rbtree_first and bpf_rbtree_root. */
export function peekInTree(walker: Walker): Register {
  return borrowed(walker, proveRoot(walker, 'bpf_rb_root'));
}

/** bpf_rbtree_left and bpf_rbtree_right. */
export function stepInTree(walker: Walker, name: string): Register {
  const root = proveRoot(walker, 'bpf_rb_root');
  proveHeldNode(walker, root, name);
  return borrowed(walker, root);
}

/** bpf_rbtree_remove. */
export function removeFromTree(walker: Walker): Register {
  const root = proveRoot(walker, 'bpf_rb_root');
  proveHeldNode(walker, root, 'bpf_rbtree_remove');
  return taken(walker, root);
}

const LESS_RETURNS = [0, 1] as const;

/** bpf_rbtree_add_impl: the comparison runs with two borrowed nodes. */
export function addToTree(walker: Walker): Register {
  const root = proveRoot(walker, 'bpf_rb_root');
  const node = proveOwnedNode(walker, root);
  const less = walker.argument(3);
  if (less.kind !== 'function') reject('EINVAL', 'arg2 expected pointer to func', 3);
  proveNumber(walker, 5);
  const argument = nodePointer(root, borrowedFlags(walker, root.contents.typeId), 0);
  pushCallback(walker, {
    callee: walker.prepared.subprograms[less.subprogram]!,
    arguments: [argument, argument, UNINITIALISED, UNINITIALISED, UNINITIALISED],
    returns: LESS_RETURNS,
    isAsync: false,
  });
  lend(walker, node.referenceId);
  return scalar(UNKNOWN);
}

function proveNumber(walker: Walker, number: number): void {
  if (walker.argument(number).kind !== 'scalar') reject('EINVAL', `R${number} is not a scalar`, number);
}

/** Register 1 leads to a root of this kind, whose lock is held. */
function proveRoot(walker: Walker, name: 'bpf_list_head' | 'bpf_rb_root'): Root {
  const register = walker.argument(1);
  requireArgumentOffset(register, 1, false);
  const isValue = register.kind === 'mapValue' && register.flags === 0;
  if (!isValue && !isPlainAllocated(register)) {
    reject('EINVAL', 'arg#0 expected pointer to map value or allocated object', 1);
  }
  if (!isValue && register.referenceId === 0) reject('EINVAL', 'allocated object must be referenced', 1);
  const offset = constantOffset(register, name);
  const fields = register.map?.fields ?? fieldsOfType(walker, register.typeId);
  const field = fields.find(item => item.name === name && item.offset === offset);
  if (field === undefined) return reject('EINVAL', `${name} not found at offset=${offset}`, 1);
  requireLock(walker, register, fields, name);
  if (field.contents === undefined) return reject('EINVAL', `${name} at offset=${offset} says not what it contains`, 1);
  return { name, contents: field.contents };
}

function constantOffset({ bounds, offset }: Register, name: string): number {
  if (bounds.bits.mask !== 0n) {
    reject('EINVAL', `R1 doesn't have constant offset. ${name} has to be at the constant offset`, 1);
  }
  return offset + Number(BigInt.asIntN(64, bounds.bits.value));
}

/** What tells the lock of one allocation from that of another. */
export function lockOwner({ map }: Register): unknown {
  return map ?? 'allocated object';
}

const LOCK_KINDS: ReadonlySet<Reference['kind']> = new Set(['lock', 'resilientLock']);

function requireLock(walker: Walker, register: Register, fields: readonly SpecialField[], name: string): void {
  const { references } = walker.state;
  const lock = fields.find(item => item.name === 'bpf_spin_lock' || item.name === 'bpf_res_spin_lock');
  const held = references.filter(({ kind }) => LOCK_KINDS.has(kind));
  const isHeld = held.some(({ id, owner }) => id === register.id && owner === lockOwner(register));
  if (isHeld && lock !== undefined) return;
  if (held.length > 0) reject('EINVAL', 'held lock and object are not in the same allocation', 1);
  const at = fields.find(item => item.name === 'bpf_spin_lock')?.offset ?? -22;
  reject('EINVAL', `bpf_spin_lock at off=${at} must be held for ${name}`, 1);
}

/** Register 2 leads to the node of an object that the program owns. */
function proveOwnedNode(walker: Walker, root: Root): Register {
  const register = walker.argument(2);
  requireArgumentOffset(register, 2, false);
  if (!isPlainAllocated(register)) reject('EINVAL', 'arg#1 expected pointer to allocated object', 2);
  if (register.referenceId === 0) reject('EINVAL', 'allocated object must be referenced', 2);
  requireNode(walker, register, root);
  return register;
}

/** Register 2 leads to a node that may stand in the tree. */
function proveHeldNode(walker: Walker, root: Root, name: string): void {
  const register = walker.argument(2);
  requireArgumentOffset(register, 2, false);
  const isBorrowed = (register.flags & FLAG.nonOwning) !== 0;
  if (!isBorrowed && register.referenceId === 0) {
    reject('EINVAL', `${name} can only take non-owning or refcounted bpf_rb_node pointer`, 2);
  }
  if (isInComparison(walker)) reject('EINVAL', `${name} not allowed in rbtree cb`, 2);
  if (!isAllocated(register)) reject('EINVAL', 'arg#1 expected pointer to allocated object', 2);
  requireNode(walker, register, root);
}

/** Whether the function at hand is the comparison of bpf_rbtree_add. */
export function isInComparison(walker: Walker): boolean {
  const { frame } = walker;
  if (frame.callbackRange === undefined || frame.callSite < 0) return false;
  const reference = walker.prepared.spec.references.get(frame.callSite);
  return reference?.kind === 'kfunc' && reference.name.startsWith('bpf_rbtree_add_impl');
}

function requireNode(walker: Walker, register: Register, { name, contents }: Root): void {
  const node = name === 'bpf_list_head' ? NODE.bpf_list_head : NODE.bpf_rb_root;
  if (register.bounds.bits.mask !== 0n) {
    reject('EINVAL', `R2 doesn't have constant offset. ${node} has to be at the constant offset`, 2);
  }
  const offset = register.offset + Number(BigInt.asIntN(64, register.bounds.bits.value));
  const fields = fieldsOfType(walker, register.typeId);
  if (!fields.some(item => item.name === node && item.offset === offset)) {
    reject('EINVAL', `${node} not found at offset=${offset}`, 2);
  }
  const wanted = `${node} at offset=${contents.nodeOffset} in struct ${contents.struct}`;
  if (register.typeId !== contents.typeId) {
    const found = `but arg is at offset=${offset} in struct ${register.typeName}`;
    reject('EINVAL', `operation on ${name} expects arg#1 ${wanted}, ${found}`, 2);
  }
  if (offset !== contents.nodeOffset) reject('EINVAL', `arg#1 offset=${offset}, but expected ${wanted}`, 2);
}

function nodePointer({ contents }: Root, flags: number, id: number): Register {
  const { struct, typeId, nodeOffset } = contents;
  return pointer('object', { flags, id, typeName: struct, typeId, offset: nodeOffset });
}

/** A node that stays where it is; valid until the lock is given back. */
function borrowed(walker: Walker, root: Root): Register {
  return nodePointer(root, borrowedFlags(walker, root.contents.typeId) | FLAG.maybeNull, walker.newId());
}

/** A node that the program owns from here on, or NULL. */
function taken(walker: Walker, root: Root): Register {
  walker.newId();
  const referenceId = acquire(walker);
  return nodePointer(root, FLAG.allocated | FLAG.maybeNull, referenceId).with({ referenceId });
}
