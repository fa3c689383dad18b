/**
 * Checkpoints: a training state and the loss curve so far in one safetensors file, so that a killed
 * run resumes to the same bits.
 *
 * @module
 */

import { z } from "zod";
import { floatTensor } from "../engine/session.ts";
import { DataError } from "../errors.ts";
import { readFileIfPresent, sha256, writeFileAtomic } from "../files.ts";
import { readSafetensors, type SafetensorsFile, writeSafetensors } from "../nn/safetensors.ts";
import type { TrainingCurve } from "./curve.ts";
import type { TrainingState } from "./training_state.ts";

/** What a checkpoint holds. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly curve: TrainingCurve;
  /** Seconds of training so far, over all sessions. */
  readonly seconds: number;
}

const curveSchema = z.strictObject({
  steps: z.array(z.number()),
  loss: z.array(z.number()),
  parts: z.record(z.string(), z.array(z.number())),
});

const metadataSchema = z.strictObject({
  key: z.string(),
  checksum: z.string(),
  step: z.coerce.number().int().nonnegative(),
  seconds: z.coerce.number().nonnegative(),
  curve: z.string().transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "not JSON" });
      return z.NEVER;
    }
  }).pipe(curveSchema),
});

type FloatTensors = ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;

/** SHA-256 of everything that a checkpoint holds: safetensors itself has no checksum. */
function checksumOf(tensors: FloatTensors, metadata: Readonly<Record<string, string>>): string {
  const { step, curve, seconds, key } = metadata;
  const parts: (string | Uint8Array)[] = [JSON.stringify([step, curve, seconds, key])];
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    parts.push(
      JSON.stringify([name, shape]),
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  }
  return sha256(...parts);
}

/**
 * Writes a checkpoint, whole or not at all.
 *
 * @param key What the training is made of: a checkpoint of another key is not resumed.
 * @throws {WriteError} when it cannot be written.
 */
export async function saveCheckpoint(
  path: string,
  { state, curve, seconds }: Checkpoint,
  key: string,
): Promise<void> {
  const tensors = new Map(
    Object.entries(state.tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: data as Float32Array },
    ]),
  );
  const metadata = {
    step: `${state.step}`,
    curve: JSON.stringify(curve),
    seconds: `${seconds}`,
    key,
  };
  const checksum = checksumOf(tensors, metadata);
  await writeFileAtomic(path, writeSafetensors(tensors, { metadata: { ...metadata, checksum } }));
}

/** The tensors of a file, all of them real numbers, if they match the checksum. */
function floatTensors(
  { tensors, metadata }: SafetensorsFile,
  fail: (reason: string) => never,
): FloatTensors {
  const floats = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) fail(`tensor "${name}" is not of real numbers`);
    floats.set(name, { shape, data });
  }
  if (checksumOf(floats, metadata) !== metadata["checksum"]) {
    fail("its content does not match its checksum");
  }
  return floats;
}

/** The key of a checkpoint; undefined where there is none that is whole. */
export async function checkpointKey(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFileIfPresent(path);
    if (bytes === undefined) return undefined;
    const file = readSafetensors(bytes, path);
    floatTensors(file, (reason) => {
      throw new DataError(reason);
    });
    return file.metadata["key"];
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/**
 * Reads a checkpoint; undefined where there is none, or one of another key.
 *
 * @param key The training's key.
 * @param shapes Shapes of the tensors by name, as the training expects them.
 * @throws {DataError} when the file is damaged.
 */
export async function loadCheckpoint(
  path: string,
  key: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Checkpoint | undefined> {
  const bytes = await readFileIfPresent(path);
  if (bytes === undefined) return undefined;
  const fail = (reason: string): never => {
    throw new DataError(`Cannot resume from ${path}: ${reason}; delete the file to start again`);
  };
  let file: SafetensorsFile;
  try {
    file = readSafetensors(bytes, path);
  } catch (error) {
    if (error instanceof DataError) fail(error.message);
    throw error;
  }
  // The checksum first: a flipped bit in the key is damage, and no other training.
  const tensors = floatTensors(file, fail);
  if (file.metadata["key"] !== key) return undefined;
  const checked = metadataSchema.safeParse(file.metadata);
  if (!checked.success) return fail(z.prettifyError(checked.error));
  const { step, seconds, curve } = checked.data;
  const state: TrainingState = { step, tensors: {} };
  const problems: string[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.join() !== shape.join()) {
      const found = tensor ? `[${tensor.shape.join(", ")}]` : "missing";
      problems.push(`tensor "${name}" is ${found}, expected [${shape.join(", ")}]`);
    } else state.tensors[name] = floatTensor(tensor.data, shape);
  }
  for (const name of tensors.keys()) {
    if (!Object.hasOwn(shapes, name)) problems.push(`tensor "${name}" is not expected`);
  }
  if (problems.length > 0) return fail(problems.join("; "));
  return { state, curve, seconds };
}

/**
 * {@linkcode loadCheckpoint}, but a damaged file is moved aside to `<path>.damaged` with a warning,
 * and the training starts again.
 *
 * @param onWarning Called where the file is damaged.
 */
export async function resumeCheckpoint(
  path: string,
  key: string,
  shapes: Readonly<Record<string, readonly number[]>>,
  onWarning?: (message: string) => void,
): Promise<Checkpoint | undefined> {
  try {
    return await loadCheckpoint(path, key, shapes);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    await Deno.rename(path, `${path}.damaged`);
    const reason = error.message.replace(/; delete the file to start again$/, "");
    onWarning?.(
      `${reason}; the file is now ${path}.damaged, and the training starts again. Copy the damaged ` +
        "file while the job runs to keep it: it is removed with the job's working folder",
    );
    return undefined;
  }
}
