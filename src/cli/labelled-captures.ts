// Whether captures say what their packets are.
import { statSync } from 'node:fs';
import { openCapture } from '../capture/open.js';
import { InputError } from '../support/errors.js';
import { labelOf } from '../traffic/labels.js';

/** A label that comes later is not looked for. */
const FRAMES_LOOKED_AT = 16;

/** Whether one of the first packets of a capture file has a ground-truth label. Pipes are not asked: what is read from them is gone. */
export async function haveLabels(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (isFile(path) && (await hasLabel(path))) return true;
  return false;
}

function isFile(path: string): boolean {
  return path !== '-' && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

/** What is wrong with a capture is said when it is replayed. */
async function hasLabel(path: string): Promise<boolean> {
  let [seen, isLabelled] = [0, false];
  try {
    const capture = await openCapture(path);
    await capture.forEach(({ options }) => {
      isLabelled = labelOf(options?.comments) !== undefined;
      return !isLabelled && ++seen < FRAMES_LOOKED_AT;
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  return isLabelled;
}
