// Licences that let a program call GPL-only helpers. Linux include/linux/license.h; each string checked by loading on 6.18.

/** Licence texts that Linux takes as GPL-compatible, exactly as written. */
export const GPL_COMPATIBLE_LICENSES = [
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
] as const satisfies readonly string[];

/** Whether Linux lets a program with this licence text call GPL-only helpers; case and spaces count. */
export function isGplCompatible(license: string): boolean {
  return GPL_COMPATIBLE_LICENSES.some(known => known === license);
}
