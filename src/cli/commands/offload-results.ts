// What `offload` found, for its printers.
import { type LimitUse, MTU_LIMIT, type OffloadResult } from '../../nic/offload/reason.js';

/** The programs of one object and what the check said of each on each card. */
export interface CheckedObject {
  readonly object: string;
  readonly results: readonly OffloadResult[];
}

/** Limits of which more than so many percent are used. */
export function overBudget({ limits }: OffloadResult, budget: number | undefined): readonly LimitUse[] {
  return budget === undefined ? [] : limits.filter(limit => isOver(limit, budget));
}

/** Whether more than so many percent of a limit are used. */
export function isOverBudget(limits: readonly LimitUse[], budget: number | undefined): boolean {
  return budget !== undefined && limits.some(limit => isOver(limit, budget));
}

function isOver({ name, used, allowed }: LimitUse, budget: number): boolean {
  return name !== MTU_LIMIT && used * 100 > allowed * budget;
}
