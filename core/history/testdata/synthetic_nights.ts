/** Nights with drawn numbers: noise around levels that move at known nights. */

import { RandomStream } from "../../random.ts";
import { makeNight, type NightRecord } from "../night_record.ts";

/** What is drawn. */
export interface SyntheticOptions {
  /** How many nights. */
  readonly nights: number;
  /** How many positions. */
  readonly positions: number;
  /** Night (from 0) from which on every fifth position is worse by 5. @default {none} */
  readonly lossAt?: number;
  /** Seed. @default {0} */
  readonly seed?: number;
}

/** Draws nights, one a day from 1 January 2024. */
export function syntheticNights(options: SyntheticOptions): NightRecord[] {
  const { nights, positions, lossAt = nights, seed = 0 } = options;
  const noise = new RandomStream(seed, "nights");
  const columns = ["zs", "lp", "knn"];
  return Array.from({ length: nights }, (_, night) =>
    makeNight({
      time: new Date(Date.UTC(2024, 0, 1 + night, 2)).toISOString(),
      commit: (0x1000000 + night * 7919).toString(16).padEnd(40, "0"),
      branch: "main",
      machine: "AMD EPYC, 2 cores, linux x64",
      table: "table2",
      size: "mini",
      basis: { "": { "pretrain.imageSize": "32", "data.imagenet.train": "emojinet-100 d5f2" } },
      numbers: Array.from({ length: positions }, (_, place) => {
        const level = 40 + place % 37 - (place % 5 === 0 && night >= lossAt ? 5 : 0);
        const value = level + noise.normal();
        const column = columns[place % columns.length]!;
        return {
          position: `table2/row-${String(place).padStart(3, "0")}/${column}/val`,
          value,
          low: value - 2,
          high: value + 2,
          samples: 121,
          seeds: 3,
          meaning: {
            title: `RN18 · method ${place}`,
            group: `${column}, held-out icon sets`,
            metric: "top-1 accuracy",
            unit: "%",
            higherIsBetter: true,
          },
        };
      }),
    }));
}
