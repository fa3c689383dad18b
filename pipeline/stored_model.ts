/**
 * A trained model in the store: `student.safetensors`, and what is known of its training.
 *
 * @module
 */

import { z } from "zod";
import { imageCountSchema, leftOutSchema } from "../core/results/left_out_schema.ts";
import type { ImageCount, LeftOut } from "../core/left_out.ts";
import type { TrainJob, TrainSpec } from "../core/recipe/jobs.ts";
import { trainSpecSchema } from "../core/recipe/spec_schema.ts";
import type { Store } from "../core/store/store.ts";
import { describeForeignInfo, type StoreEntry } from "../core/store/store_entry.ts";
import { type EntryEnvironment, entryEnvironmentSchema } from "./entry_environment.ts";

/** Name of the student's file in its entry. */
export const studentFileName = "student.safetensors";
/**
 * Name of the network with its head, where the head is of a space of its own and the student does not
 * keep it: what it is as a teacher.
 */
export const encoderFileName = "encoder.safetensors";
/** Name of the table of algorithms that were measured for a training, where they were. */
export const algorithmsFileName = "algorithms.json";

/** Loss over the steps of a training. */
export interface ModelCurve {
  readonly steps: readonly number[];
  readonly loss: readonly number[];
  readonly parts: Readonly<Record<string, readonly number[]>>;
}

/** What is known of a training. */
export interface ModelInfo {
  /** For people: the id of the job that trained it first. */
  readonly label: string;
  readonly spec: TrainSpec;
  readonly seed: number;
  /** Training steps. */
  readonly steps: number;
  /** Number of its parameters. */
  readonly parameters: number;
  /** Seconds of training, over all sessions of a resumed one. */
  readonly seconds: number;
  readonly curve: ModelCurve;
  /** Content key of the training views. */
  readonly trainViews: string;
  /** Content hash of the teacher, its texts included; null where there was none. */
  readonly teacherHash: string | null;
  /** The algorithms that were taken of operations with several, by key. */
  readonly algorithms: Readonly<Record<string, string>>;
  /** What the reader of the numbers should know. */
  readonly warnings: readonly string[];
  /** What was left out, with the reasons. */
  readonly leftOut: readonly LeftOut[];
  /** Images of the training split; of fresh views, those that were met damaged are not used. */
  readonly images: ImageCount;
  /** What it was made with. */
  readonly environment?: EntryEnvironment | undefined;
}

const infoSchema: z.ZodType<ModelInfo> = z.object({
  label: z.string(),
  spec: trainSpecSchema,
  seed: z.number(),
  steps: z.number(),
  parameters: z.number(),
  seconds: z.number(),
  curve: z.object({
    steps: z.array(z.number()),
    loss: z.array(z.number()),
    parts: z.record(z.string(), z.array(z.number())),
  }),
  trainViews: z.string(),
  teacherHash: z.string().nullable(),
  algorithms: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
  leftOut: leftOutSchema,
  images: imageCountSchema,
  environment: entryEnvironmentSchema,
});

/** Why an entry is none that this version can use. */
function checkEntry({ info, files }: StoreEntry): string | undefined {
  const checked = infoSchema.safeParse(info);
  if (!checked.success) return describeForeignInfo(checked.error);
  return files[studentFileName] === undefined ? `it has no ${studentFileName}` : undefined;
}

/** A model that is in the store, verified. */
export interface StoredModel {
  readonly entry: StoreEntry;
  readonly info: ModelInfo;
}

/** Whether a job's model is made by a training: the teacher as it is needs none. */
export function isTrained(job: TrainJob | null): job is TrainJob {
  return job !== null && job.spec.method !== null;
}

/**
 * The model of a key, with every byte verified; undefined where there is none. One that is damaged, or
 * not what this version writes, is moved aside, so that it is made again.
 *
 * @param onDamaged Told why one that is there is not used.
 */
export async function findModel(
  store: Store,
  key: string,
  onDamaged?: (message: string) => void,
): Promise<StoredModel | undefined> {
  const entry = await store.find("model", key, {
    check: checkEntry,
    ...(onDamaged === undefined ? {} : { onDamaged }),
  });
  return entry && { entry, info: infoSchema.parse(entry.info) };
}

/** Puts a trained model into the store. */
export async function putModel(
  store: Store,
  key: string,
  { info, student, encoder, algorithms }: {
    info: ModelInfo;
    student: Uint8Array;
    /** The network with a head that the student does not keep. */
    encoder?: Uint8Array;
    /** Text of the table of measured algorithms. */
    algorithms?: string;
  },
): Promise<StoredModel> {
  const entry = await store.put("model", key, {
    info: { ...info },
    files: {
      [studentFileName]: student,
      ...(encoder === undefined ? {} : { [encoderFileName]: encoder }),
      ...(algorithms === undefined ? {} : { [algorithmsFileName]: algorithms }),
    },
  });
  return { entry, info };
}
