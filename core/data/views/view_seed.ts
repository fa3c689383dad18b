/**
 * Seeds of views: counted, so that any view can be drawn again without the others.
 *
 * @module
 */

import { RandomStream } from "../../random.ts";

/** Seed of view number `view` of every sample of a fixed set of views. */
export function seedOfView(seed: number, view: number): number {
  const random = new RandomStream(seed, "views", view);
  return random.uint32() * 2 ** 21 + (random.uint32() >>> 11);
}

/** Seed of the fresh views of an epoch; `view` counts the views of one image in one step. */
export function seedOfFreshView(seed: number, epoch: number, view = 0): number {
  const stream = view === 0 ? [epoch] : [epoch, "view", view];
  return new RandomStream(seed, "fresh views", ...stream).uint32();
}
