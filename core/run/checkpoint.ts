/**
 * Checkpoints: a training state and the loss curve so far in one safetensors file, so that a killed
 * run goes on to the same bits.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../files.ts";
import { readSafetensors, writeSafetensors } from "../nn/safetensors.ts";
import type { LossCurve } from "./result.ts";
import type { TrainingState } from "./trainer.ts";

/** What a checkpoint holds. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly curve: LossCurve;
  /** Seconds of training so far, over all sessions. */
  readonly seconds: number;
}

/** Writes a checkpoint, whole or not at all. */
export async function saveCheckpoint(
  path: string,
  { state, curve, seconds }: Checkpoint,
  hash: string,
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
    hash,
  };
  await writeFileAtomic(path, writeSafetensors(tensors, { metadata }));
}

/**
 * Reads a checkpoint; undefined where there is none, or one of other settings.
 *
 * @param hash The cell's hash: a checkpoint of another is not used.
 * @param shapes Shapes of the tensors by name, as the training wants them.
 * @throws {DataError} when the file is damaged.
 */
export async function loadCheckpoint(
  path: string,
  hash: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Checkpoint | undefined> {
  const bytes = await readFileIfPresent(path);
  if (!bytes) return undefined;
  const { tensors, metadata } = readSafetensors(bytes, path);
  if (metadata["hash"] !== hash) return undefined;
  const state: TrainingState = { step: Number(metadata["step"]), tensors: {} };
  for (const [name, shape] of Object.entries(shapes)) {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.join() !== shape.join()) {
      throw new DataError(
        `Cannot resume from ${path}: tensor "${name}" is ` +
          `${tensor ? `[${tensor.shape.join(", ")}]` : "missing"}, wanted [${shape.join(", ")}]; ` +
          "delete the file to start the cell anew",
      );
    }
    state.tensors[name] = { dtype: "float32", shape, data: tensor.data as Float32Array };
  }
  return {
    state,
    curve: JSON.parse(metadata["curve"] ?? "null") as LossCurve,
    seconds: Number(metadata["seconds"] ?? 0),
  };
}
