// Types of recipes.mjs for the tests.
/** A capture of this folder. */
export interface CaptureRecipe {
  readonly name: string;
  /** What follows `xdpsim generate`, without -w. */
  readonly args: readonly string[];
}

export const RECIPES: readonly CaptureRecipe[];
