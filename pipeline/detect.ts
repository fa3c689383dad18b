/**
 * Finds objects on pictures of the user's own, by a detector that was trained here.
 *
 * @module
 */

import { basename, join } from "node:path";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { decodeImage } from "../core/data/decoding/image_decoder.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { defaultDetectFolder } from "../core/recipe/default_folder.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { batchOfImages } from "../core/vision/batches/batch_of_images.ts";
import type { Detections } from "../core/vision/detections.ts";
import { toRunLengthString } from "../core/vision/run_length_string.ts";
import { inferenceOf, testRule } from "../tasks/detection/detection_options.ts";
import { Detector } from "../tasks/detection/mask_rcnn/detector.ts";
import { type DetectorFile, readDetectorFile } from "./detector_file.ts";
import { loadPlugins, pluginRequest } from "./plugins.ts";

/** What {@linkcode detect} is given. */
export interface DetectOptions {
  /** Path of a `detector.safetensors`. */
  detector: string;
  /** Paths of the pictures. */
  images: readonly string[];
  /** Folder for pictures and `detections.json`; default: `runs/detect`. */
  out?: string;
  /** Lowest score of a detection; default: 0.5. */
  score?: number;
  /** Short side to which pictures are resized, pixels; default: that of the tests of the training. */
  shortSide?: number;
  /** Threads; default 1. */
  threads?: number;
  plugins?: readonly string[];
  pluginOverride?: boolean;
  /** Draws what was found on a picture, as a PNG. */
  draw: (
    image: RgbImage,
    detections: Detections,
    classNames: readonly string[],
  ) => Promise<Uint8Array>;
  /** Told of each picture that is done. */
  onImage?: (image: DetectedImage) => void;
}

/** One detection in the format of COCO's results, with names beside the numbers. */
export interface CocoDetection {
  /** From 1, in the order of the pictures. */
  readonly image_id: number;
  readonly file_name: string;
  /** The data set's own number of the category, else from 1 in the order of the class names. */
  readonly category_id: number;
  readonly category_name: string;
  /** x, y, width, height in pixels of the picture. */
  readonly bbox: readonly [number, number, number, number];
  readonly score: number;
  /** Compressed run lengths. */
  readonly segmentation?: { readonly size: readonly [number, number]; readonly counts: string };
}

/** A picture that was looked at. */
export interface DetectedImage {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** The picture with what was found on it. */
  readonly drawn: string;
  readonly detections: readonly CocoDetection[];
}

/** What was found. */
export interface DetectOutcome {
  /** The file with all detections. */
  readonly json: string;
  readonly images: readonly DetectedImage[];
  /** Pictures that could not be read, and why. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
}

/** Detections from a score on. */
function fromScore(detections: Detections, score: number): Detections {
  // They fall by score.
  const count = detections.scores.findIndex((value) => value < score);
  if (count < 0) return detections;
  const { boxes, scores, labels, masks } = detections;
  return {
    boxes: boxes.subarray(0, 4 * count),
    scores: scores.subarray(0, count),
    labels: labels.subarray(0, count),
    ...(masks === undefined ? {} : { masks: masks.slice(0, count) }),
  };
}

/** Detections in the format of COCO's results. */
export function toCocoResults(
  { boxes, scores, labels, masks }: Detections,
  image: { readonly id: number; readonly name: string },
  { classNames, categoryIds }: Pick<DetectorFile, "classNames" | "categoryIds">,
): CocoDetection[] {
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  return Array.from(scores, (score, index) => {
    const [x0, y0, x1, y1] = boxes.subarray(4 * index, 4 * index + 4) as unknown as number[];
    const label = labels[index]!;
    const mask = masks?.[index];
    return {
      image_id: image.id,
      file_name: image.name,
      category_id: categoryIds[label] ?? label + 1,
      category_name: classNames[label] ?? "",
      bbox: [round(x0!, 2), round(y0!, 2), round(x1! - x0!, 2), round(y1! - y0!, 2)],
      score: round(score, 5),
      ...(mask === undefined ? {} : {
        segmentation: { size: [mask.height, mask.width], counts: toRunLengthString(mask) },
      }),
    };
  });
}

/** A name for each drawn picture, no two alike. */
function drawnNames(paths: readonly string[]): string[] {
  const used = new Map<string, number>();
  return paths.map((path) => {
    const stem = basename(path).replace(/\.[^.]*$/, "") || "image";
    const count = (used.get(stem) ?? 0) + 1;
    used.set(stem, count);
    return count === 1 ? `${stem}.png` : `${stem}-${count}.png`;
  });
}

/**
 * Finds objects on pictures, draws them, and writes `detections.json` in the format of COCO's results. A
 * picture that cannot be read is left out and told of.
 *
 * @throws {ConfigError} for wrong options. {DataError} where the detector is missing or damaged, or no
 * picture can be read.
 */
export async function detect(options: DetectOptions): Promise<DetectOutcome> {
  const { score = 0.5, threads = 1, draw, onImage } = options;
  if (!(score >= 0 && score <= 1)) {
    throw new ConfigError(`--score: expected a number from 0 to 1, got ${score}`);
  }
  if (options.images.length === 0) throw new ConfigError("Expected a picture, got none");
  await loadPlugins(pluginRequest(options));
  const file = await readDetectorFile(userPath(options.detector));
  const folder = userPathOr(options.out, defaultDetectFolder);
  const { settings } = file;
  const rule = testRule(settings);
  const shortSide = options.shortSide ?? rule.shortSide;
  const resize = {
    shortSide,
    // The shape of what was trained on, at another size.
    longSide: Math.round(rule.longSide * shortSide / rule.shortSide),
    divisor: settings.images.divisor,
  };
  const detector = new Detector(file.spec, file.weights, {
    threads,
    inference: inferenceOf({
      ...settings,
      detections: { ...settings.detections, scoreThreshold: score },
    }),
  });
  const images: DetectedImage[] = [];
  const failed: { path: string; reason: string }[] = [];
  const names = drawnNames(options.images);
  try {
    for (const [index, given] of options.images.entries()) {
      const path = userPath(given);
      let image: RgbImage;
      try {
        image = await decodeImage(path);
      } catch (error) {
        if (!(error instanceof DataError) && !(error instanceof Deno.errors.NotFound)) throw error;
        failed.push({ path, reason: error.message });
        continue;
      }
      const [all] = await detector.detect(batchOfImages([image], resize));
      const found = fromScore(all!, score);
      const drawn = join(folder, names[index]!);
      await writeFileAtomic(drawn, await draw(image, found, file.classNames));
      const { width, height } = image;
      const detections = toCocoResults(found, { id: index + 1, name: basename(path) }, file);
      const done = { path, width, height, drawn, detections };
      images.push(done);
      onImage?.(done);
    }
  } finally {
    await detector.release();
  }
  if (images.length === 0) {
    throw new DataError(
      `Cannot read any of the pictures:\n  ${
        failed.map(({ path, reason }) => `${path}: ${reason}`).join("\n  ")
      }`,
    );
  }
  const json = join(folder, "detections.json");
  const results = images.flatMap(({ detections }) => detections);
  await writeFileAtomic(json, `${JSON.stringify(results, null, 1)}\n`);
  return { json, images, failed };
}
