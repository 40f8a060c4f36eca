// bpf_res_spin_lock: a lock that may fail, in which case the program goes on without it. Linux 6.15.
import { Draft, UNKNOWN, ZERO } from '../number/bounds.js';
import { settle } from '../number/deduce.js';
import { reject } from '../rejected.js';
import { type Register, scalar, UNINITIALISED } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { isPlainAllocated } from './allocated.js';
import { requireArgumentOffset } from './argument-offset.js';
import { changeIrq } from './irq.js';
import { lock, requireField, unlock } from './locks.js';

const MAX_ERRNO = 4095;

/** bpf_res_spin_lock and bpf_res_spin_lock_irqsave: walks on with the lock and 0; another walk, with an errno, is pushed. */
export function takeResilient(walker: Walker, isIrq: boolean): Register {
  pushFailure(walker);
  const register = proveLock(walker);
  lock(walker, register, isIrq ? 'resilientIrqLock' : 'resilientLock');
  if (isIrq) changeIrq(walker, walker.argument(2), { isSave: true, argument: 1, family: 'lock' });
  return scalar(ZERO);
}

/** bpf_res_spin_unlock and bpf_res_spin_unlock_irqrestore. */
export function giveResilient(walker: Walker, isIrq: boolean): Register {
  const register = proveLock(walker);
  unlock(walker, register, isIrq ? 'resilientIrqLock' : 'resilientLock');
  if (isIrq) changeIrq(walker, walker.argument(2), { isSave: false, argument: 1, family: 'lock' });
  return UNINITIALISED;
}

function pushFailure(walker: Walker): void {
  const { registers } = walker.push(walker.slot + 1).frame;
  walker.forgetCallerSaved(registers);
  const draft = new Draft(UNKNOWN);
  draft.setSigned(BigInt(-MAX_ERRNO), -1n);
  draft.setSigned32(-MAX_ERRNO, -1);
  registers[0] = scalar(settle(draft));
}

function proveLock(walker: Walker): Register {
  const register = walker.argument(1);
  requireArgumentOffset(register, 1, false);
  const isValue = register.kind === 'mapValue' && register.flags === 0;
  if (!isValue && !isPlainAllocated(register)) {
    reject('EINVAL', "arg#0 doesn't point to map value or allocated object", 1);
  }
  requireField(walker, register, 'bpf_res_spin_lock', 1);
  return register;
}
