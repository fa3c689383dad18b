/**
 * Specifications as they are read back from files.
 *
 * @module
 */

import { z } from "zod";
import type { MeasureSpec, TrainSpec } from "./jobs.ts";
import { pretrainSchema } from "./pretrain_settings.ts";

const name = z.string().min(1).max(4000);
const settings = z.record(z.string(), z.unknown());

const count = z.union([z.number().int().min(1), name]).optional();
const textPartSchema = z.union([
  z.strictObject({ task: name, data: name, settings, count }),
  z.strictObject({ file: name, templates: name, count }),
]);
const textSchema = z.union([
  textPartSchema,
  z.strictObject({ union: z.array(textPartSchema).max(100) }),
  z.strictObject({ names: z.array(name).max(100_000), templates: name }),
]);

/** How a model was made. */
export const trainSpecSchema: z.ZodType<TrainSpec> = z.strictObject({
  method: name.nullable(),
  teacher: name.nullable(),
  teacherTraining: z.strictObject({
    role: name,
    seed: z.number().int().min(0),
    // Its teacher has none.
    spec: z.lazy(() => trainSpecSchema),
  }).optional(),
  student: name.nullable(),
  data: name,
  text: textSchema.nullable(),
  epochs: z.number().min(0).max(1e6),
  pretrain: pretrainSchema,
  settings,
});

/** What was measured. */
export const measureSpecSchema: z.ZodType<MeasureSpec> = z.strictObject({
  task: name,
  data: name,
  settings,
  views: z.number().int().min(1),
  splits: z.array(name),
});
