/**
 * Exports a detector as one ONNX file: pixels in, detections out.
 *
 * @module
 */

import { join } from "node:path";
import type { InstancesAnnotation } from "../core/data/annotation.ts";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { getDataset, isEmbeddedDataset } from "../core/data/registry.ts";
import { ModelFile } from "../core/engine/model_file.ts";
import { floatTensor } from "../core/engine/session.ts";
import { ConfigError, EngineError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { addModelChecksum } from "../core/onnx/model_checksum.ts";
import { encodeModel, opsetVersion } from "../core/onnx/proto.ts";
import { assertHoldsNoRun, assertNoInputIsOverwritten } from "../core/own_outputs.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { defaultExportFolder } from "../core/recipe/default_folder.ts";
import { readProject } from "../core/results/environment.ts";
import { batchOfImages } from "../core/vision/batches/batch_of_images.ts";
import type { Detections } from "../core/vision/detections.ts";
import { inferenceOf, testRule } from "../tasks/detection/detection_options.ts";
import { Detector } from "../tasks/detection/mask_rcnn/detector.ts";
import { buildDetectorExport } from "../tasks/detection/onnx/detector_export.ts";
import { type DetectorFile, readDetectorFile } from "./detector_file.ts";
import { drawnImage } from "./drawn_image.ts";
import { loadPlugins, pluginRequest } from "./plugins.ts";

/** What is exported. */
export interface ExportDetectorOptions {
  /** Path of a `detector.safetensors`. */
  checkpoint: string;
  /** Folder; default: `export` beside the detector. */
  out?: string;
  /** Height and width of the images, padding included; default: as in the tests of the training. */
  shape?: { readonly height: number; readonly width: number };
  plugins?: readonly string[];
  pluginOverride?: boolean;
}

/** How an ONNX file differs from the detector as it is measured here. */
export interface DetectorDifference {
  /** Images that were compared. */
  readonly images: number;
  /** Detections that were compared. */
  readonly detections: number;
  /** Those of them that both have. */
  readonly matched: number;
  /** Largest difference of a side of a matched box, pixels. */
  readonly box: number;
  /** Largest difference of a score. */
  readonly score: number;
}

/** What was written. */
export interface ExportDetectorOutcome {
  readonly onnx: string;
  readonly outputs: readonly string[];
  readonly shape: { readonly height: number; readonly width: number };
  readonly difference: DetectorDifference;
}

/** Images that are compared. */
const comparedImages = 6;
/** Differences of a detection that is the same. */
const most = { box: 1e-2, score: 1e-4 };
/** Detections that may have no counterpart: an overlap at a threshold may fall to either side. */
const leastMatched = 0.98;

/** The shape of the tests: the short side down, the long one across. */
function testShape({ settings }: DetectorFile): { height: number; width: number } {
  const { testShortSide, longSide, divisor } = settings.images;
  const pad = (side: number) => Math.ceil(side / divisor) * divisor;
  return { height: pad(Math.min(testShortSide, longSide)), width: pad(longSide) };
}

/** Images to compare on: of the detector's own data where they are embedded and of that shape. */
async function imagesToCompare(
  file: DetectorFile,
  shape: { height: number; width: number },
): Promise<RgbImage[]> {
  const images: RgbImage[] = [];
  if (isEmbeddedDataset(file.data)) {
    const dataset = await getDataset<InstancesAnnotation>(file.data);
    const split = dataset.splits.find(({ role }) => role === "test") ?? dataset.splits[0]!;
    const { length } = await dataset.samples(split.name);
    for (let index = 0; index < Math.min(comparedImages, length); index++) {
      images.push(await dataset.decode(split.name, index));
    }
  }
  const fits = images.filter(({ height, width }) =>
    height === shape.height && width === shape.width
  );
  return fits.length > 0
    ? fits
    : Array.from({ length: comparedImages }, (_, index) => drawnImage(index, shape));
}

/** Detections of an image in an ONNX file's outputs. */
function readOutputs(
  outputs: Awaited<ReturnType<ModelFile["run"]>>,
  image: number,
): Pick<Detections, "boxes" | "scores" | "labels"> {
  const [, places] = outputs["scores"]!.shape as [number, number];
  const count = Number((outputs["count"]!.data as BigInt64Array)[image]);
  const begin = image * places;
  const boxes = outputs["boxes"]!.data as Float32Array;
  const labels = outputs["labels"]!.data as BigInt64Array;
  return {
    boxes: boxes.slice(4 * begin, 4 * (begin + count)),
    scores: (outputs["scores"]!.data as Float32Array).slice(begin, begin + count),
    labels: Uint32Array.from(labels.subarray(begin, begin + count), Number),
  };
}

/** Looks for each detection of one list in the other. */
function matchDetections(
  wanted: Pick<Detections, "boxes" | "scores" | "labels">,
  found: Pick<Detections, "boxes" | "scores" | "labels">,
): { matched: number; box: number; score: number } {
  const used = new Set<number>();
  const total = { matched: 0, box: 0, score: 0 };
  for (let index = 0; index < wanted.scores.length; index++) {
    let best: { other: number; box: number; score: number } | undefined;
    for (let other = 0; other < found.scores.length; other++) {
      if (used.has(other) || wanted.labels[index] !== found.labels[other]) continue;
      const score = Math.abs(wanted.scores[index]! - found.scores[other]!);
      let box = 0;
      for (let side = 0; side < 4; side++) {
        const [a, b] = [wanted.boxes[4 * index + side]!, found.boxes[4 * other + side]!];
        box = Math.max(box, Math.abs(a - b));
      }
      if (!(box <= most.box && score <= most.score)) continue;
      if (best === undefined || box + score < best.box + best.score) best = { other, box, score };
    }
    if (best === undefined) continue;
    used.add(best.other);
    total.matched++;
    total.box = Math.max(total.box, best.box);
    total.score = Math.max(total.score, best.score);
  }
  return total;
}

/** Compares the bytes of an ONNX file with the detector, all images as one batch. */
export async function compareDetector(
  bytes: Uint8Array,
  file: DetectorFile,
  shape: { height: number; width: number },
): Promise<DetectorDifference> {
  const images = await imagesToCompare(file, shape);
  const rule = { shortSide: Math.min(shape.height, shape.width), divisor: 1 };
  const batch = batchOfImages(images, { ...rule, longSide: Math.max(shape.height, shape.width) });
  const detector = new Detector(file.spec, file.weights, { inference: inferenceOf(file.settings) });
  const model = await ModelFile.open(bytes, { source: "detector.onnx" });
  try {
    const wanted = await detector.detect(batch);
    const outputs = await model.run({
      images: floatTensor(
        Float32Array.from(batch.images, (value) => value / 255),
        [images.length, 3, shape.height, shape.width],
      ),
      sizes: floatTensor(
        Float32Array.from(batch.sizes.flatMap(({ height, width }) => [height, width])),
        [images.length, 2],
      ),
    });
    const total = { images: images.length, detections: 0, matched: 0, box: 0, score: 0 };
    for (const [image, own] of wanted.entries()) {
      const found = readOutputs(outputs, image);
      const { matched, box, score } = matchDetections(own, found);
      total.detections += Math.max(own.scores.length, found.scores.length);
      total.matched += matched;
      total.box = Math.max(total.box, box);
      total.score = Math.max(total.score, score);
    }
    return total;
  } finally {
    await model.release();
    await detector.release();
  }
}

/** The bytes of a detector's ONNX file, which carries a checksum over all of it. */
export async function encodeDetector(
  file: DetectorFile,
  shape: { height: number; width: number },
): Promise<Uint8Array> {
  const { spec, weights, settings, classNames, categoryIds, student, data } = file;
  const { version: producerVersion } = await readProject();
  const graph = buildDetectorExport({ spec, weights, ...shape, ...inferenceOf(settings) });
  const { shortSide, longSide } = testRule(settings);
  const { mean, std } = spec.preprocess;
  return addModelChecksum(encodeModel(graph, {
    batchDimension: "batch",
    producerVersion,
    metadata: {
      kind: "detector",
      student,
      data,
      classNames: JSON.stringify(classNames),
      categoryIds: JSON.stringify(categoryIds),
      input:
        `images: RGB, float32, 0 to 1, [batch, 3, ${shape.height}, ${shape.width}], each at the ` +
        "top left; sizes: height and width of each without padding, float32 [batch, 2]",
      output:
        "boxes x0, y0, x1, y1 in pixels of the input, scores, labels (from 0, an index into " +
        "classNames), masks (28 × 28 probabilities within the box), count of each image",
      preprocess: JSON.stringify({
        resize: { shortSide, longSide, keepsRatio: true },
        scale: 1 / 255,
        normalization: { mean, std, where: "inside the graph" },
      }),
      producer: `lgd-bench ${producerVersion}`,
      source: `sha256:${file.sha256}`,
    },
  }));
}

/**
 * Exports a detector. The ONNX file is compared with the detector as it is measured here before it is
 * written.
 *
 * @throws {DataError} where the detector is missing or damaged. {ConfigError} for a shape that does not
 * fit, and where the detector itself would be overwritten, or a file of a run. {EngineError} where the file does not find the same.
 */
export async function exportDetector(
  options: ExportDetectorOptions,
): Promise<ExportDetectorOutcome> {
  await loadPlugins(pluginRequest(options));
  const checkpoint = userPath(options.checkpoint);
  const folder = userPathOr(options.out, defaultExportFolder(checkpoint));
  const onnx = join(folder, "detector.onnx");
  await assertNoInputIsOverwritten({ inputs: [checkpoint], outputs: [onnx] });
  await assertHoldsNoRun(folder);
  const file = await readDetectorFile(checkpoint);
  const shape = options.shape ?? testShape(file);
  const { divisor } = file.settings.images;
  if (Object.values(shape).some((side) => side < divisor || side % divisor !== 0 || side > 4096)) {
    throw new ConfigError(
      `--shape: expected sides that are multiples of ${divisor} up to 4096, got ${shape.height}x${shape.width}`,
    );
  }
  const bytes = await encodeDetector(file, shape);
  const difference = await compareDetector(bytes, file, shape);
  if (difference.matched < leastMatched * difference.detections) {
    throw new EngineError(
      `Cannot export ${checkpoint}: the ONNX file (opset ${opsetVersion}) finds ` +
        `${difference.matched} of ${difference.detections} detections, expected all but a few`,
    );
  }
  await writeFileAtomic(onnx, bytes);
  return { onnx, outputs: ["boxes", "scores", "labels", "masks", "count"], shape, difference };
}
