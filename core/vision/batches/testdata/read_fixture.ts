/**
 * What torchvision and MMDetection make of sizes, pixels and categories.
 *
 * @module
 */

import { join } from "node:path";

/** Numbers that `make_batches.py` wrote. */
export interface BatchFixture {
  /** `[short side, long side]`, size, torchvision's size, MMDetection's size. */
  readonly sizes: readonly [
    rule: readonly number[],
    from: readonly number[],
    torchvision: readonly number[],
    nearest: readonly number[],
  ][];
  readonly pixels: readonly {
    readonly from: readonly number[];
    readonly to: readonly number[];
    /** `[height, width, 3]` */
    readonly image: readonly number[];
    /** `[3, height, width]` */
    readonly resized: readonly number[];
    readonly mask: readonly number[];
    readonly nearest: readonly number[];
  }[];
  readonly repeats: {
    readonly categories: readonly (readonly number[])[];
    readonly threshold: number;
    readonly repeats: readonly number[];
  };
}

/** Reads the fixture. */
export async function readFixture(): Promise<BatchFixture> {
  return JSON.parse(await Deno.readTextFile(join(import.meta.dirname!, "batches.json")));
}
