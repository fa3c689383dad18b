/**
 * Scenes that are drawn a split at a time: what sets of scenes share, whatever is on them.
 *
 * @module
 */

import type { SplitName } from "../../dataset.ts";
import { SampleList } from "../../sample_list.ts";

/** What {@linkcode DrawnSplits} is made of. */
export interface DrawnSplitsOptions {
  /** Name of the data set, for messages. */
  readonly name: string;
  /** Scenes of each split. */
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Bytes of a scene. */
  readonly sceneBytes: number;
  /** Draws all scenes of a split, one behind the other in shared memory. */
  readonly load: (split: SplitName) => Promise<Uint8Array>;
}

/** The scenes of all splits. A split is drawn when its first scene is asked for, then kept. */
export class DrawnSplits {
  readonly #options: DrawnSplitsOptions;
  readonly #scenes = new Map<SplitName, Promise<Uint8Array>>();

  constructor(options: DrawnSplitsOptions) {
    this.#options = options;
  }

  /** @throws {RangeError} where a split, which there must be, has no such scene. */
  assertIndex(split: SplitName, index: number): void {
    const count = this.#options.counts[split]!;
    if (Number.isInteger(index) && index >= 0 && index < count) return;
    throw new RangeError(
      `Split "${split}" of ${this.#options.name} has no sample ${index}: expected 0 to ${
        count - 1
      }`,
    );
  }

  /** Bytes of one scene: a window on shared memory. */
  async scene(split: SplitName, index: number): Promise<Uint8Array> {
    this.assertIndex(split, index);
    const { load, sceneBytes } = this.#options;
    let scenes = this.#scenes.get(split);
    if (scenes === undefined) {
      scenes = load(split);
      this.#scenes.set(split, scenes);
      scenes.catch(() => this.#scenes.delete(split));
    }
    return (await scenes).subarray(index * sceneBytes, (index + 1) * sceneBytes);
  }
}

/** So many scenes of a split, by their numbers; they have no label. */
export function listDrawn(split: SplitName, count: number): SampleList {
  return SampleList.from(
    Array.from({ length: count }, (_, index) => ({
      id: `${split}/${`${index}`.padStart(4, "0")}`,
      label: -1,
    })),
  );
}
