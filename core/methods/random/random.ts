/**
 * No pre-training: a student with its initial weights, the floor that downstream tasks compare with.
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import type { Method } from "../method.ts";

/** Random weights have no settings of their own. */
export type RandomSettings = Readonly<Record<never, never>>;

/**
 * The initial weights of a student by the seed of the job, the same with which its trainings begin; no
 * head, no teacher, no step.
 */
export const random: Method<RandomSettings> = {
  name: "random",
  version: 1,
  title: "Random initial weights, no pre-training",
  settings: z.strictObject({}),
  needs: { teacher: "none", labels: false, views: 1, trains: false },
  prepare: () =>
    Promise.reject(new ConfigError("Method random does not train: there is no step to prepare")),
};
