/**
 * The pre-training methods by name. A new one is a folder and a line here, or a plug-in.
 *
 * @module
 */

import { Registry } from "../registry.ts";
import { bingo } from "./bingo/bingo.ts";
import { compress } from "./compress/compress.ts";
import { disco } from "./disco/disco.ts";
import { featureRegression } from "./feature_regression/feature_regression.ts";
import { lgd } from "./lgd/lgd.ts";
import type { Method } from "./method.ts";
import { mocoV2 } from "./moco_v2/moco_v2.ts";
import { random } from "./random/random.ts";
import { seed } from "./seed/seed.ts";
import { smd } from "./smd/smd.ts";
import { supervised } from "./supervised/supervised.ts";

/** The methods; plug-ins register theirs here. */
export const methods: Registry<Method> = new Registry("method");

const builtIn = [
  lgd,
  seed,
  bingo,
  featureRegression,
  compress,
  smd,
  disco,
  mocoV2,
  supervised,
  random,
] as const;
for (const method of builtIn) {
  methods.register(method.name, method);
}
