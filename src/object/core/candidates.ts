// The types of the target that may stand for a type of the object. libbpf 1.x bpf_core_add_cands.
import { type Btf, essentialName } from '../../btf/btf.js';
import type { BtfType } from '../../btf/types.js';
import { kindsCompatible } from './compatible.js';

/** Ids of candidate types in `target`. */
export type Candidates = readonly number[];

/**
 * All types of the target with the same name, flavours apart, and the same kind.
 *
 * Where the target is the object itself, its types stand for the kernel's: a type is its own and only candidate, and a flavour
 * (`iphdr___old`) stands for the type without flavour where the object knows that too. So fields that the object declares exist, and two
 * flavours that differ are no ambiguity.
 */
export function findCandidates(local: Btf, typeId: number, target: Btf): Candidates {
  const type = local.typeById(typeId);
  const name = essentialName(type.name);
  const sameName = target.typesByEssentialName(name).filter(candidate => kindsCompatible(candidate, type));
  if (local !== target) return sameName.map(candidate => candidate.id);
  return ownCandidates(type, name, sameName);
}

/** Types of the kernel whose names only look like flavours. */
const NO_FLAVOURS: readonly string[] = ['nf_conn___init'];

function ownCandidates(type: BtfType, name: string, sameName: readonly BtfType[]): Candidates {
  if (type.name === name || NO_FLAVOURS.includes(type.name)) return [type.id];
  const plain = sameName.filter(candidate => candidate.name === name);
  return plain.length > 0 ? plain.map(candidate => candidate.id) : [type.id];
}
