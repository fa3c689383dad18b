/**
 * What a training reads: the feeds of a step, by its number.
 *
 * @module
 */

import type { HostTensor } from "../engine/session.ts";

/** Inputs of a graph by name. */
export type Feeds = Readonly<Record<string, HostTensor>>;

/** Name of an input of a view: `images`, `images_1`, … */
export function viewInput(
  kind: "images" | "teacher" | "teacher_batch" | "convolutions",
  view: number,
): string {
  return view === 0 ? kind : `${kind}_${view}`;
}

/** Name of the input that says which pixels of mixed images are of the second view. */
export const mixInput = "mix";

/** Batches of a training. */
export interface BatchSource {
  readonly stepsPerEpoch: number;
  /** Feeds of a step, from 0: one record for each replica. They stay until the next is asked for. */
  batch(step: number): Promise<readonly Feeds[]> | readonly Feeds[];
  /** Frees what the batches hold. */
  release?(): Promise<void>;
}
