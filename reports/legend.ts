/**
 * What the legends of tables must say of a run.
 *
 * @module
 */

import { isEmbeddedDataset } from "../core/data/registry.ts";
import type { ResultFile } from "../core/results/result.ts";

/** What a run's intervals cover. */
export function intervalCovers(
  { seeds, protocol }: Pick<ResultFile, "seeds" | "protocol">,
): string {
  const images = isEmbedded({ protocol }) ? "icons" : "images";
  return seeds.length > 1
    ? `seeds and ${images}`
    : `${images} alone, for there is one seed (another training differs by more: --seeds 3)`;
}

/** Whether all data are the embedded icons, so that every split is an artist. */
export function isEmbedded({ protocol }: Pick<ResultFile, "protocol">): boolean {
  const data = protocol["data"] as Readonly<Record<string, string>> | undefined;
  return Object.values(data ?? {}).every(isEmbeddedDataset);
}
