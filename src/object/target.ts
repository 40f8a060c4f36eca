// What a relocation makes an instruction point at, before functions are linked.
import type { Reference } from './spec.js';

/** A place in the code of the object. */
export interface CodePlace {
  readonly kind: 'call' | 'functionAddress';
  readonly sectionIndex: number;
  readonly slot: number;
}

/** True for code of the object, which linking places; everything else is bound later. */
export function isCodePlace(target: Target): target is CodePlace {
  return target.kind === 'call' || target.kind === 'functionAddress';
}

/** A relocated instruction's meaning: code of the object, or something that is bound later. */
export type Target = CodePlace | Exclude<Reference, { readonly kind: 'function' }>;
