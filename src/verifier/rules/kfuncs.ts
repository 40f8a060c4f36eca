// Calls of kernel functions: arguments proved by their C declarations in platform/, results by return type and flags.
import { type Kfunc, METADATA_KFUNCS, SLEEPABLE_KFUNCS, xdpKfunc } from '../../platform/kfuncs.js';
import { UNKNOWN } from '../number/bounds.js';
import { reject } from '../rejected.js';
import { FLAG, pointer, type Register, scalar, UNINITIALISED } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { createDynptr } from './dynptr.js';
import { changeIrq } from './irq.js';
import { advanceIterator, destroyIterator, placeIterator } from './iterators.js';
import { type KfuncFacts, proveKfuncArguments } from './kfunc-arguments.js';
import { ownKfunc } from './own-kfuncs.js';
import { acquire, forgetPacketPointers, release, requireNothingHeld } from './references.js';

/** Calls a kfunc; false where it does not return. */
export function callKfunc(walker: Walker, name: string | undefined): boolean {
  const kfunc = requireKfunc(walker, name);
  const plain = (name ?? '').replace(/___.*$/, '');
  const own = ownKfunc(plain);
  if (own !== undefined) {
    const result = own(walker);
    walker.forgetCallerSaved(walker.frame.registers);
    walker.set(0, result);
    return true;
  }
  const facts = proveKfuncArguments(walker, plain, kfunc);
  if (plain === 'bpf_throw') {
    requireNothingHeld(walker, 'bpf_throw', true);
    return false;
  }
  giveBack(walker, facts, kfunc);
  changeRegion(walker, plain);
  if (facts.newDynptr !== undefined) {
    const { register, type, referenceId, isReadOnly } = facts.newDynptr;
    createDynptr(walker, walker.get(register), type, referenceId, isReadOnly);
  }
  if (facts.iterator !== undefined) return callIterator(walker, facts, kfunc);
  const result = resultOf(walker, facts, kfunc, plain);
  walker.forgetCallerSaved(walker.frame.registers);
  walker.set(0, result);
  if (plain === 'bpf_xdp_pull_data') forgetPacketPointers(walker);
  return true;
}

function requireKfunc(walker: Walker, name: string | undefined): Kfunc {
  const kfunc = name === undefined ? undefined : xdpKfunc(name);
  const sleepable: readonly string[] = SLEEPABLE_KFUNCS;
  const metadata: readonly string[] = METADATA_KFUNCS;
  if (name !== undefined && sleepable.includes(name)) {
    reject('EACCES', `program must be sleepable to call sleepable kfunc ${name}`);
  }
  if (kfunc === undefined || name === undefined) {
    return reject('EACCES', `calling kernel function ${name ?? '<unknown>'} is not allowed`);
  }
  if (metadata.includes(name) && !walker.settings.isDeviceBound) {
    reject('EINVAL', 'metadata kfuncs require device-bound program');
  }
  return kfunc;
}

function giveBack(walker: Walker, { released }: KfuncFacts, kfunc: Kfunc): void {
  if (released === undefined || !kfunc.flags.includes('release')) return;
  if (!release(walker, released)) reject('EINVAL', 'kfunc reference has not been acquired before');
}

/** Regions in which RCU or preemption is held. */
function changeRegion(walker: Walker, name: string): void {
  const { state } = walker;
  const label = `(kernel function ${name})`;
  switch (name) {
    case 'bpf_rcu_read_lock':
      if (state.activeRcu > 0) reject('EINVAL', `nested rcu read lock ${label}`);
      state.activeRcu++;
      return;
    case 'bpf_rcu_read_unlock':
      if (state.activeRcu === 0) reject('EINVAL', `unmatched rcu read unlock ${label}`);
      state.activeRcu--;
      return state.changeAll(register => {
        const isRcu = (register.flags & FLAG.rcu) !== 0;
        const flags = (register.flags & ~(FLAG.rcu | FLAG.maybeNull)) | FLAG.untrusted;
        return isRcu ? register.with({ flags }) : register;
      });
    case 'bpf_local_irq_save':
    case 'bpf_local_irq_restore':
      return changeIrq(walker, walker.get(1), { isSave: name === 'bpf_local_irq_save', argument: 0, family: 'native' });
    case 'bpf_preempt_disable':
      state.activePreemption++;
      return;
    case 'bpf_preempt_enable':
      if (state.activePreemption === 0) reject('EINVAL', `unmatched attempt to enable preemption ${label}`);
      state.activePreemption--;
      return;
    default:
  }
}

function callIterator(walker: Walker, { iterator }: KfuncFacts, kfunc: Kfunc): boolean {
  if (iterator === undefined) return true;
  const { place, type, step } = iterator;
  const { registers } = walker.frame;
  if (step === 'next') {
    walker.forgetCallerSaved(registers);
    const item = itemOf(walker, type, kfunc);
    advanceIterator(walker, place, item);
    return true;
  }
  if (step === 'new') placeIterator(walker, place, type, acquire(walker));
  else destroyIterator(walker, place);
  walker.forgetCallerSaved(registers);
  walker.set(0, step === 'new' ? scalar(UNKNOWN) : UNINITIALISED);
  return true;
}

/** What an iterator's next function gives, where it gives something. */
function itemOf(walker: Walker, type: string, kfunc: Kfunc): Register {
  const struct = structName(kfunc.result);
  if (struct !== undefined) return pointer('object', { typeName: struct, flags: FLAG.trusted });
  const memoryBytes = type === 'bits' || type === 'num' ? 4 : 8;
  return pointer('memory', { flags: FLAG.readOnly, memoryBytes, id: walker.newId() });
}

/** `nf_conn` of `struct nf_conn *`. */
export function structName(declaration: string): string | undefined {
  return /struct (\w+) \*/.exec(declaration)?.[1];
}

/** More than any kernel has, for where its types are not at hand. */
const MAX_KERNEL_TYPES = 2 ** 20;

/** Casts give what their name or their argument says. */
function castResult(walker: Walker, name: string): Register | undefined {
  if (name === 'bpf_cast_to_kern_ctx') return pointer('object', { typeName: 'xdp_buff', flags: FLAG.trusted });
  const { kernelTypes } = walker.settings;
  if (name !== 'bpf_rdonly_cast') return undefined;
  const id = Number(BigInt.asUintN(32, walker.get(2).constant ?? 0n));
  if (id >= (kernelTypes?.typeCount ?? MAX_KERNEL_TYPES)) {
    return reject('EINVAL', `Unknown type ID ${id} passed to kfunc bpf_rdonly_cast`);
  }
  if (id === 0 || kernelTypes === undefined) return undefined;
  const type = id < kernelTypes.typeCount ? kernelTypes.typeById(id) : undefined;
  if (type?.kind !== 'struct')
    return reject('EINVAL', 'kfunc bpf_rdonly_cast type ID argument must be of a struct or void');
  return pointer('object', { typeName: type.name, flags: FLAG.untrusted });
}

function resultOf(walker: Walker, facts: KfuncFacts, kfunc: Kfunc, plain: string): Register {
  if (kfunc.result === 'void') return UNINITIALISED;
  const maybeNull = kfunc.flags.includes('retNull') ? FLAG.maybeNull : 0;
  if (!kfunc.result.includes('*')) return scalar(UNKNOWN);
  const id = maybeNull === 0 ? 0 : walker.newId();
  if (facts.slice !== undefined) {
    const { bytes, isReadOnly, isPacket, dynptrId, referenceId } = facts.slice;
    const flags = maybeNull | (isReadOnly ? FLAG.readOnly : 0) | (isPacket ? FLAG.packetSlice : 0);
    return pointer('memory', { flags, id, memoryBytes: bytes, dynptrId, referenceId });
  }
  const struct = structName(kfunc.result);
  const cast = castResult(walker, plain);
  if (cast !== undefined) return cast;
  if (struct === undefined) return pointer('memory', { flags: FLAG.readOnly | FLAG.untrusted | maybeNull, id });
  const isAcquired = kfunc.flags.includes('acquire');
  const found = pointer('object', { typeName: struct, flags: maybeNull, id });
  if (!isAcquired) return found;
  const referenceId = acquire(walker);
  return found.with({ id: maybeNull === 0 ? 0 : referenceId, referenceId });
}
