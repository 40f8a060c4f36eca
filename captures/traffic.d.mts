// Types of traffic.mjs for the tests, which build the captures from the sources.
/** One capture of this folder. */
export interface CaptureRecipe {
  readonly name: string;
  readonly seed: number;
}

export const CAPTURES: readonly CaptureRecipe[];

/** The bytes of a capture; `library` has the exports of src/capture/packet.ts and src/capture/write.ts. */
export function buildCapture(recipe: CaptureRecipe, library: object): Uint8Array;
