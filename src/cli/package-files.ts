// Files of the package beside its code. The build may put code of several files together, so their place is found by looking upwards.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../support/errors.js';

/** Path of a file or folder, named from the root of the package. */
export function packageFile(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'nic-models'))) {
    const above = dirname(folder);
    assert(above !== folder, 'the package around its code');
    folder = above;
  }
  return join(folder, name);
}
