/**
 * Any ONNX file as a teacher: its weights are constants of the file, so nothing can train them.
 *
 * @module
 */

import { ModelFile } from "../core/engine/model_file.ts";
import { floatTensor } from "../core/engine/session.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { readFileIfPresent, sha256 } from "../core/files.ts";
import { userPath } from "../core/paths.ts";
import type { LoadTeacherOptions, Teacher } from "./teacher.ts";

/** What the file does not say. */
export interface OnnxTeacherOptions {
  /** Name of the teacher. */
  readonly name: string;
  /** Path of the file. */
  readonly path: string;
  /** Side of its images, pixels; absent where the file fixes it. */
  readonly imageSize?: number;
  /**
   * Mean and std of the channels, of pixels from 0 to 1; absent where the graph normalises
   * its images itself.
   */
  readonly preprocess?: Teacher["preprocess"];
  /** Name of the output that is the embedding, [B, D]; absent where there is only one output. */
  readonly output?: string;
  /** Embeds texts in the same space, unit vectors [n, D]; without it the teacher can drive SEED only. */
  readonly encodeText?: Teacher["encodeText"];
  /** Images in one call, for a file that takes any number. @default {32} */
  readonly batchSize?: number;
}

/** Raised when the code changes what the same file gives. */
const codeVersion = 1;

/** Pixels from 0 to 1 as they are. */
const unchanged = { mean: [0, 0, 0], std: [1, 1, 1] };

/** A free axis is declared by a name, or by a length below 1. */
function isFree(length: number | string | undefined): boolean {
  return typeof length !== "number" || length < 1;
}

/** The input and output that are used, checked. */
function choosePorts(
  model: ModelFile,
  { path, output, imageSize: wantedSize }: OnnxTeacherOptions,
): {
  input: string;
  output: string;
  imageSize: number;
  dimension: number;
  fixedBatch: number | undefined;
} {
  const { inputs, outputs } = model;
  const input = inputs[0];
  const height = input?.shape[2];
  const imageSize = wantedSize ?? (isFree(height) ? undefined : height as number);
  if (imageSize === undefined) {
    throw new ConfigError(
      `Cannot use ${path} as a teacher: it takes images of any size; say which with imageSize`,
    );
  }
  const describe = (ports: typeof inputs) =>
    ports.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(", ")}]`).join("; ");
  const expected = [undefined, 3, imageSize, imageSize];
  const fits = inputs.length === 1 && input?.dtype === "float32" && input.shape.length === 4 &&
    expected.every((length, axis) =>
      length === undefined || isFree(input.shape[axis]) || input.shape[axis] === length
    );
  if (!fits) {
    throw new ConfigError(
      `Cannot use ${path} as a teacher: its inputs are ${describe(inputs)}; expected one input ` +
        `float32 [batch, 3, ${imageSize}, ${imageSize}]`,
    );
  }
  const chosen = output === undefined && outputs.length === 1
    ? outputs[0]
    : outputs.find(({ name }) => name === output);
  const dimension = chosen?.shape[1];
  if (chosen?.dtype !== "float32" || chosen.shape.length !== 2 || typeof dimension !== "number") {
    throw new ConfigError(
      `Cannot use ${path} as a teacher: its outputs are ${describe(outputs)}; expected ` +
        `${output === undefined ? "one" : `"${output}"`} float32 [batch, dimension]`,
    );
  }
  const batch = input.shape[0];
  return {
    input: input.name,
    output: chosen.name,
    imageSize,
    dimension,
    fixedBatch: isFree(batch) ? undefined : batch as number,
  };
}

/** Scales the rows of a matrix to unit length. */
function normalizeRows(matrix: Float32Array, width: number): void {
  for (let start = 0; start < matrix.length; start += width) {
    let squares = 0;
    for (let column = 0; column < width; column++) squares += matrix[start + column]! ** 2;
    const length = Math.max(Math.sqrt(squares), 1e-12);
    for (let column = 0; column < width; column++) matrix[start + column]! /= length;
  }
}

/**
 * Loads an ONNX file as a teacher. It takes RGB images, float32 [batch, 3, H, W], and gives one
 * vector per image; the vectors are brought to unit length here.
 *
 * @throws {DataError} where the file is missing or damaged. {ConfigError} where its inputs or outputs
 * do not fit.
 */
export async function loadOnnxTeacher(
  options: OnnxTeacherOptions,
  { threads = 1 }: LoadTeacherOptions = {},
): Promise<Teacher> {
  const { name, preprocess = unchanged, encodeText } = options;
  const path = userPath(options.path);
  const bytes = await readFileIfPresent(path);
  if (bytes === undefined) {
    throw new DataError(`Cannot load teacher ${name}: there is no file ${path}`);
  }
  const model = await ModelFile.open(bytes, { source: path, threads });
  const { input, output, imageSize, dimension, fixedBatch } = choosePorts(model, options);
  const batchSize = fixedBatch ?? options.batchSize ?? 32;
  const pixels = imageSize * imageSize;
  const batch = new Float32Array(batchSize * 3 * pixels);
  return {
    name,
    title: name,
    imageSize,
    preprocess,
    dimension,
    hash: sha256(bytes, `onnx ${codeVersion} ${output}`, JSON.stringify(preprocess)),
    batchSize,
    async encodeImages(images) {
      for (let channel = 0; channel < 3; channel++) {
        const mean = preprocess.mean[channel]!, std = preprocess.std[channel]!;
        for (let pixel = channel * pixels; pixel < (channel + 1) * pixels; pixel++) {
          for (let image = 0; image < batchSize; image++) {
            const value = images[pixel * batchSize + image]! / 255;
            batch[image * 3 * pixels + pixel] = (value - mean) / std;
          }
        }
      }
      const shape = [batchSize, 3, imageSize, imageSize];
      const outputs = await model.run({ [input]: floatTensor(batch, shape) });
      const embeddings = Float32Array.from(outputs[output]!.data as Float32Array);
      normalizeRows(embeddings, dimension);
      return embeddings;
    },
    ...(encodeText ? { encodeText } : {}),
    release: () => model.release(),
  };
}
