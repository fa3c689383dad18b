/**
 * Windows of convolutions and poolings with their defaults.
 *
 * @module
 */

import type { WindowAttributes } from "../op.ts";
import { fail } from "./shape_rule.ts";

/** A window's parameters with the defaults filled in, for `rank` spatial axes. */
export function completeWindow(
  { strides, pads, dilations }: WindowAttributes,
  rank: number,
): { strides: readonly number[]; pads: readonly number[]; dilations: readonly number[] } {
  const complete = {
    strides: strides ?? new Array<number>(rank).fill(1),
    pads: pads ?? new Array<number>(2 * rank).fill(0),
    dilations: dilations ?? new Array<number>(rank).fill(1),
  };
  if (complete.strides.length !== rank) fail(`strides have length ${complete.strides.length}`);
  if (complete.pads.length !== 2 * rank) fail(`pads have length ${complete.pads.length}`);
  if (complete.dilations.length !== rank) {
    fail(`dilations have length ${complete.dilations.length}`);
  }
  return complete;
}
