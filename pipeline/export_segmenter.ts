/**
 * Exports a segmenter as one ONNX file: pixels in, logits and classes out.
 *
 * @module
 */

import { join } from "node:path";
import type { SegmentationAnnotation } from "../core/data/annotation.ts";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { getDataset, isEmbeddedDataset } from "../core/data/registry.ts";
import { ModelFile } from "../core/engine/model_file.ts";
import { floatTensor, Session } from "../core/engine/session.ts";
import { ConfigError, EngineError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import type { MapDimensions } from "../core/nn/resample.ts";
import { addModelChecksum } from "../core/onnx/model_checksum.ts";
import { encodeModel, opsetVersion } from "../core/onnx/proto.ts";
import { assertHoldsNoRun, assertNoInputIsOverwritten } from "../core/own_outputs.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { defaultExportFolder } from "../core/recipe/default_folder.ts";
import { readProject } from "../core/results/environment.ts";
import { buildSegmenterExport } from "../tasks/segmentation/segmenter_export.ts";
import { segmenterInferenceGraph } from "../tasks/segmentation/segmenter_inference.ts";
import { completeSpec } from "../tasks/segmentation/spec.ts";
import { drawnImage } from "./drawn_image.ts";
import { loadPlugins, pluginRequest } from "./plugins.ts";
import { readSegmenterFile, type SegmenterFile } from "./segmenter_file.ts";

/** What is exported. */
export interface ExportSegmenterOptions {
  /** Path of a `segmenter.safetensors`. */
  checkpoint: string;
  /** Folder; default: `export` beside the segmenter. */
  out?: string;
  /** Height and width of the images; default: of the windows or crops of the training. */
  shape?: MapDimensions;
  plugins?: readonly string[];
  pluginOverride?: boolean;
}

/** How an ONNX file differs from the segmenter as it is measured here. */
export interface SegmenterDifference {
  /** Images that were compared. */
  readonly images: number;
  /** Largest difference of a logit, relative to the largest logit. */
  readonly logits: number;
  /** Share of pixels of another class, where two logits are as good as equal. */
  readonly pixels: number;
}

/** What was written. */
export interface ExportSegmenterOutcome {
  readonly onnx: string;
  readonly outputs: readonly string[];
  readonly shape: MapDimensions;
  readonly difference: SegmenterDifference;
}

/** Images that are compared, as one batch. */
const comparedImages = 2;
/** Differences above which the file is not written: it would not be this segmenter. */
const most = { logits: 1e-4, pixels: 1e-3 };
/** Largest side of the images. */
const mostSide = 4096;

/** The windows of the tests, else the crops of the training. */
function testShape({ settings: { inference, images } }: SegmenterFile): MapDimensions {
  const { height, width } = inference.mode === "slide" ? inference.crop : images.crop;
  return { height, width };
}

/** Images to compare on: of the segmenter's own data where they are embedded and of that shape. */
async function imagesToCompare(
  { data }: Pick<SegmenterFile, "data">,
  shape: MapDimensions,
): Promise<RgbImage[]> {
  if (isEmbeddedDataset(data)) {
    const dataset = await getDataset<SegmentationAnnotation>(data);
    const split = dataset.splits.find(({ role }) => role === "test") ?? dataset.splits[0]!;
    const { length } = await dataset.samples(split.name);
    const images: RgbImage[] = [];
    for (let index = 0; index < Math.min(comparedImages, length); index++) {
      images.push(await dataset.decode(split.name, index));
    }
    const fits = images.filter(({ height, width }) =>
      height === shape.height && width === shape.width
    );
    if (fits.length === comparedImages) return fits;
  }
  return Array.from({ length: comparedImages }, (_, index) => drawnImage(index, shape));
}

/** Compares the bytes of an ONNX file with the segmenter, the images as one batch and as two. */
export async function compareSegmenter(
  bytes: Uint8Array,
  file: Pick<SegmenterFile, "spec" | "weights" | "data">,
  shape: MapDimensions,
): Promise<SegmenterDifference> {
  const images = await imagesToCompare(file, shape);
  const { height, width } = shape, size = height * width, batch = images.length;
  const { classes } = completeSpec(file.spec);
  const planes = new Uint8Array(batch * 3 * size);
  images.forEach(({ pixels }, image) =>
    pixels.forEach((value, at) => {
      planes[(image * 3 + at % 3) * size + Math.floor(at / 3)] = value;
    })
  );
  const shapes = { dtype: "uint8" as const, shape: [1, 3, height, width] };
  const own = await Session.create(
    segmenterInferenceGraph(file.spec, file.weights, { ...shape, batch: 1, output: "logits" }),
  );
  const model = await ModelFile.open(bytes, { source: "segmenter.onnx" });
  try {
    const outputs = await model.run({
      images: floatTensor(Float32Array.from(planes, (value) => value / 255), [
        batch,
        3,
        height,
        width,
      ]),
    });
    const logits = outputs["logits"]!.data as Float32Array;
    const labels = outputs["classes"]!.data as Uint8Array;
    let difference = 0, largest = 0, other = 0;
    for (let image = 0; image < batch; image++) {
      const data = planes.subarray(image * 3 * size, (image + 1) * 3 * size);
      const rows = (await own.run({ images: { ...shapes, data } }))["logits"]!.data as Float32Array;
      for (let pixel = 0; pixel < size; pixel++) {
        let best = 0;
        for (let index = 0; index < classes; index++) {
          const expected = rows[pixel * classes + index]!;
          const found = logits[(image * classes + index) * size + pixel]!;
          difference = Math.max(difference, Math.abs(found - expected));
          largest = Math.max(largest, Math.abs(expected));
          if (expected > rows[pixel * classes + best]!) best = index;
        }
        if (labels[image * size + pixel] !== best) other++;
      }
    }
    return {
      images: batch,
      logits: difference / Math.max(largest, Number.MIN_VALUE),
      pixels: other / (batch * size),
    };
  } finally {
    await model.release();
    await own.release();
  }
}

/** The bytes of a segmenter's ONNX file, which carries a checksum over all of it. */
export async function encodeSegmenter(
  file: SegmenterFile,
  shape: MapDimensions,
): Promise<Uint8Array> {
  const { spec, weights, classNames, student, data } = file;
  const { version: producerVersion } = await readProject();
  const { mean, std } = spec.preprocess;
  return addModelChecksum(encodeModel(buildSegmenterExport(spec, weights, shape), {
    batchDimension: "batch",
    producerVersion,
    metadata: {
      kind: "segmenter",
      student,
      data,
      classNames: JSON.stringify(classNames),
      alignCorners: String(completeSpec(spec).alignCorners),
      input: `images: RGB, float32, 0 to 1, [batch, 3, ${shape.height}, ${shape.width}]`,
      output:
        `logits [batch, ${classNames.length}, ${shape.height}, ${shape.width}]; classes, the largest of ` +
        "each pixel, an index into classNames, uint8 [batch, height, width]",
      preprocess: JSON.stringify({
        scale: 1 / 255,
        normalization: { mean, std, where: "inside the graph" },
      }),
      producer: `lgd-bench ${producerVersion}`,
      source: `sha256:${file.sha256}`,
    },
  }));
}

/**
 * Exports a segmenter. The ONNX file is compared with the segmenter as it is measured here before it is
 * written.
 *
 * @throws {DataError} where the segmenter is missing or damaged. {ConfigError} for a shape that does not
 * fit, and where the segmenter itself would be overwritten, or a file of a run. {EngineError} where the
 * file gives other pixels.
 */
export async function exportSegmenter(
  options: ExportSegmenterOptions,
): Promise<ExportSegmenterOutcome> {
  await loadPlugins(pluginRequest(options));
  const checkpoint = userPath(options.checkpoint);
  const folder = userPathOr(options.out, defaultExportFolder(checkpoint));
  const onnx = join(folder, "segmenter.onnx");
  await assertNoInputIsOverwritten({ inputs: [checkpoint], outputs: [onnx] });
  await assertHoldsNoRun(folder);
  const file = await readSegmenterFile(checkpoint);
  const shape = options.shape ?? testShape(file);
  const { outputStride } = file.settings.head;
  if (Object.values(shape).some((side) => side < outputStride || side > mostSide)) {
    throw new ConfigError(
      `--shape: expected sides from ${outputStride}, the output stride, to ${mostSide}, got ` +
        `${shape.height}x${shape.width}`,
    );
  }
  const bytes = await encodeSegmenter(file, shape);
  const difference = await compareSegmenter(bytes, file, shape);
  if (!(difference.logits <= most.logits && difference.pixels <= most.pixels)) {
    throw new EngineError(
      `Cannot export ${checkpoint}: the logits of the ONNX file (opset ${opsetVersion}) differ by ` +
        `${difference.logits.toExponential(1)} of the largest, expected at most ${most.logits}; ` +
        `${(100 * difference.pixels).toFixed(2)} % of the pixels are of another class`,
    );
  }
  await writeFileAtomic(onnx, bytes);
  return { onnx, outputs: ["logits", "classes"], shape, difference };
}
