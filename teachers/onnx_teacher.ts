/**
 * Any ONNX file as a teacher: its weights are constants of the file, so nothing can train them.
 *
 * @module
 */

import { addDataWarning } from "../core/data/warnings.ts";
import { ModelFile } from "../core/engine/model_file.ts";
import { floatTensor } from "../core/engine/session.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { sha256 } from "../core/files.ts";
import { userPath } from "../core/paths.ts";
import { normalizeRows } from "./normalize_rows.ts";
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
const codeVersion = 2;

/** Pixels from 0 to 1 as they are. */
const unchanged = { mean: [0, 0, 0], std: [1, 1, 1] };

/** Largest side of its images, images in one call, bytes of one call's images. */
const most = { imageSize: 2048, batchSize: 4096, batchBytes: 2 ** 29, dimension: 2 ** 16 };

/**
 * Checks what would be taken for a batch, before it is.
 *
 * @throws {ConfigError} naming what is too large.
 */
function assertSizes(
  path: string,
  { imageSize, batchSize, dimension }: Readonly<
    Record<"imageSize" | "batchSize" | "dimension", number>
  >,
): void {
  const whole = (name: string, value: number, limit: number) =>
    Number.isSafeInteger(value) && value >= 1 && value <= limit
      ? []
      : [`${name} ${value}, expected 1 to ${limit}`];
  const problems = [
    ...whole("image size", imageSize, most.imageSize),
    ...whole("batch size", batchSize, most.batchSize),
    ...whole("dimension", dimension, most.dimension),
  ];
  const bytes = 4 * 3 * batchSize * imageSize ** 2;
  if (problems.length === 0 && bytes > most.batchBytes) {
    problems.push(
      `batches of ${batchSize} images of ${imageSize}² pixels take ${bytes} bytes, expected at most ` +
        `${most.batchBytes}`,
    );
  }
  if (problems.length === 0) return;
  throw new ConfigError(
    `Cannot use ${path} as a teacher: ${
      problems.join("; ")
    }. Export it with a free or smaller batch, ` +
      "or smaller images",
  );
}

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
  const model = await ModelFile.read(path, { threads }).catch((error) => {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`Cannot load teacher ${name}: ${error.message}`, { cause: error });
  });
  const ports = await (async () => {
    try {
      const chosen = choosePorts(model, options);
      const batchSize = chosen.fixedBatch ?? options.batchSize ?? 32;
      assertSizes(path, { ...chosen, batchSize });
      return { ...chosen, batchSize };
    } catch (error) {
      await model.release();
      throw error;
    }
  })();
  const { input, output, imageSize, dimension, batchSize } = ports;
  if (!model.isVerified) {
    addDataWarning(
      `Teacher ${name}: ${path} has no checksum: nobody can tell whether its weights are whole`,
    );
  }
  const pixels = imageSize * imageSize;
  const batch = new Float32Array(batchSize * 3 * pixels);
  return {
    name,
    title: name,
    imageSize,
    preprocess,
    dimension,
    hash: sha256(model.sha256, `onnx ${codeVersion} ${output}`, JSON.stringify(preprocess)),
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
      if (embeddings.length !== batchSize * dimension) {
        throw new DataError(
          `Teacher ${name} (${path}) gave ${embeddings.length} numbers for ${batchSize} images, ` +
            `expected ${dimension} for each, as it declares`,
        );
      }
      normalizeRows(embeddings, dimension);
      return embeddings;
    },
    ...(encodeText ? { encodeText } : {}),
    release: () => model.release(),
  };
}
