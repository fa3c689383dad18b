/**
 * The pre-training methods by name. A new one is a folder and a line here, or a plug-in.
 *
 * @module
 */

import { Registry } from "../registry.ts";
import { lgd } from "./lgd/lgd.ts";
import type { Method } from "./method.ts";
import { random } from "./random/random.ts";
import { seed } from "./seed/seed.ts";
import { supervised } from "./supervised/supervised.ts";

/** The methods; plug-ins register theirs here. */
export const methods: Registry<Method> = new Registry("method");

for (const method of [lgd, seed, supervised, random] as const) {
  methods.register(method.name, method);
}
