/**
 * Writes a student for other programs: `student.onnx` and `student.safetensors`.
 *
 * @module
 */

import { join } from "node:path";
import { ModelFile } from "../core/engine/model_file.ts";
import { floatTensor, Session } from "../core/engine/session.ts";
import { EngineError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { assertHoldsNoRun, assertNoInputIsOverwritten } from "../core/own_outputs.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { imageBatchShape } from "../core/methods/distillation_step.ts";
import { buildStudentExport, withoutHead } from "../core/methods/student_export.ts";
import { buildStudentInference } from "../core/methods/student_inference.ts";
import { addModelChecksum } from "../core/onnx/model_checksum.ts";
import { encodeModel, opsetVersion } from "../core/onnx/proto.ts";
import { RandomStream } from "../core/random.ts";
import { defaultExportFolder } from "../core/recipe/default_folder.ts";
import { readProject } from "../core/results/environment.ts";
import { loadPlugins, pluginRequest } from "./plugins.ts";
import { readStudentFile, type StudentFile, type StudentOverrides } from "./student_file.ts";
import { encodeStudentFile, encodeStudentMetadata, type StudentHead } from "./student_metadata.ts";

/** What is exported. */
export interface ExportOptions {
  /** Path of a student file. */
  checkpoint: string;
  /** Folder; default: `export` beside the student. */
  out?: string;
  /** Keep the distillation head: a further output of the ONNX file, and its weights. */
  keepHead?: boolean;
  /** What the file does not say. */
  overrides?: StudentOverrides;
  plugins?: readonly string[];
  pluginOverride?: boolean;
}

/** What was written. */
export interface ExportOutcome {
  readonly onnx: string;
  readonly safetensors: string;
  /** Names of the ONNX file's outputs. */
  readonly outputs: readonly string[];
  /**
   * Largest difference between the ONNX file and the student as it is evaluated here, over random
   * images, relative to the largest number of each output.
   */
  readonly largestDifference: number;
  /** What the reader should know: prefixes taken off, weights that carry no checksum. */
  readonly warnings: readonly string[];
}

/** Difference above which the file is not written: it would not be this student. */
const mostDifference = 1e-4;
/** Sizes of the batches that are compared. */
const comparedBatches = [1, 5];

/** What the ONNX file says of itself. */
async function describe(
  file: StudentFile,
  head: StudentHead | null,
): Promise<Record<string, string>> {
  const { version } = await readProject();
  const { mean, std } = file.backbone.preprocess;
  return {
    ...encodeStudentMetadata({ ...file, head }),
    input: `RGB, float32, 0 to 1, [batch, 3, ${file.imageSize}, ${file.imageSize}]`,
    preprocess: JSON.stringify({
      size: file.imageSize,
      resize: "short side to size, then centre crop",
      scale: 1 / 255,
      normalization: { mean, std, where: "inside the graph" },
    }),
    batchNorm: "folded into the convolutions",
    producer: `lgd-bench ${version}`,
    source: `sha256:${file.sha256}`,
  };
}

/**
 * Largest difference between an ONNX file and the graph by which students are evaluated, at several
 * batch sizes, relative to the largest number of each output; Infinity where there is a NaN.
 */
export async function largestDifference(
  bytes: Uint8Array,
  file: StudentFile,
  head: StudentHead | null,
): Promise<number> {
  const { imageSize, backbone, weights } = file;
  const model = await ModelFile.open(bytes, { source: "student.onnx" });
  let largest = 0;
  for (const batchSize of comparedBatches) {
    const session = await Session.create(
      buildStudentInference({ batchSize, imageSize, backbone, weights, ...(head ? { head } : {}) }),
    );
    const pixels = imageSize * imageSize;
    const random = new RandomStream(0, "export", batchSize);
    const innermost = new Uint8Array(batchSize * 3 * pixels);
    const outermost = new Float32Array(innermost.length);
    for (let index = 0; index < innermost.length; index++) {
      const value = random.integer(256);
      const image = index % batchSize, place = Math.floor(index / batchSize);
      innermost[index] = value;
      outermost[image * 3 * pixels + place] = value / 255;
    }
    const shape = imageBatchShape("chwn", batchSize, imageSize);
    const wanted = await session.run({ images: { dtype: "uint8", shape, data: innermost } });
    const found = await model.run({
      images: floatTensor(outermost, [batchSize, 3, imageSize, imageSize]),
    });
    for (const [name, { data }] of Object.entries(wanted)) {
      let difference = 0, scale = 0;
      for (let index = 0; index < data.length; index++) {
        const value = data[index] as number;
        difference = Math.max(difference, Math.abs(value - (found[name]!.data[index] as number)));
        scale = Math.max(scale, Math.abs(value));
      }
      const relative = difference / Math.max(scale, 1e-6);
      // NaN compares false with everything; it must not pass as equal.
      largest = Number.isNaN(relative) ? Infinity : Math.max(largest, relative);
    }
    await session.release();
  }
  await model.release();
  return largest;
}

/** The bytes of a student's ONNX file, which carries a checksum over all of it. */
export async function encodeStudent(
  file: StudentFile,
  head: StudentHead | null,
): Promise<Uint8Array> {
  const { imageSize, backbone, weights } = file;
  const graph = buildStudentExport({ imageSize, backbone, weights, ...(head ? { head } : {}) });
  const metadata = await describe(file, head);
  const { version: producerVersion } = await readProject();
  return addModelChecksum(
    encodeModel(graph, { batchDimension: "batch", metadata, producerVersion }),
  );
}

/**
 * Exports a student. The ONNX file (opset {@linkcode opsetVersion}) is compared with the student as
 * it is evaluated here before anything is written.
 *
 * @throws {DataError} where the student is missing or damaged. {ConfigError} for an unknown student,
 * and where the student itself would be overwritten, or a file of a run.
 * {EngineError} where the file does not give the student's numbers.
 */
export async function exportStudent(options: ExportOptions): Promise<ExportOutcome> {
  await loadPlugins(pluginRequest(options));
  const checkpoint = userPath(options.checkpoint);
  const folder = userPathOr(options.out, defaultExportFolder(checkpoint));
  const onnx = join(folder, "student.onnx");
  const safetensors = join(folder, "student.safetensors");
  await assertNoInputIsOverwritten({ inputs: [checkpoint], outputs: [onnx, safetensors] });
  await assertHoldsNoRun(folder);
  const file = await readStudentFile(checkpoint, options.overrides);
  const head = options.keepHead ? file.head : null;
  const bytes = await encodeStudent(file, head);
  const difference = await largestDifference(bytes, file, head);
  if (!(difference <= mostDifference)) {
    throw new EngineError(
      `Cannot export ${checkpoint}: the ONNX file (opset ${opsetVersion}) differs from the ` +
        `student by ${difference}, expected at most ${mostDifference}`,
    );
  }
  await writeFileAtomic(onnx, bytes);
  await writeFileAtomic(
    safetensors,
    encodeStudentFile(
      options.keepHead ? file.weights : withoutHead(file.weights, file.architecture.headName),
      // Other bytes than the trained student's: no table's numbers are told of by its key.
      { ...file, head, modelKey: options.keepHead ? file.modelKey : null },
      { format: "pt" },
    ),
  );
  const outputs = ["features", ...(head ? [head.output] : [])];
  const warnings = file.isVerified ? [] : [
    ...file.notes,
    `${file.path} has no checksum, so it cannot be verified`,
  ];
  return { onnx, safetensors, outputs, largestDifference: difference, warnings };
}
