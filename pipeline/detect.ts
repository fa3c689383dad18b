/**
 * Finds objects on pictures of the user's own, by a detector that was trained here.
 *
 * @module
 */

import { basename, join } from "node:path";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { decodedSize } from "../core/data/decoding/image_decoder.ts";
import { ConfigError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { defaultDetectFolder } from "../core/recipe/default_folder.ts";
import { assertHoldsNoRun, assertNoInputIsOverwritten } from "../core/own_outputs.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { roundTo } from "../core/round_to.ts";
import { batchOfImages } from "../core/vision/batches/batch_of_images.ts";
import type { Detections } from "../core/vision/detections.ts";
import { toRunLengthString } from "../core/vision/run_length_string.ts";
import { inferenceOf, testRule } from "../tasks/detection/detection_options.ts";
import { Detector } from "../tasks/detection/mask_rcnn/detector.ts";
import { type DetectorFile, readDetectorFile } from "./detector_file.ts";
import { type FailedPicture, lookAtPictures } from "./look_at_pictures.ts";
import { pictureStems } from "./picture_stems.ts";
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
  /**
   * Short side to which pictures are resized, 16 to 4096 pixels; default: that of the tests of the
   * training.
   */
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
  /** The picture's path, as the user gave it. */
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
  /** As the user gave it. */
  readonly path: string;
  /** Of the file, also where it was decoded smaller. */
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
  readonly failed: readonly FailedPicture[];
}

/** What `detections.json` holds: pictures and categories as in COCO's data, detections as its results. */
export interface DetectionsDocument {
  /** Pictures that were read, those without a detection too. */
  readonly images: readonly {
    readonly id: number;
    /** Path as the user gave it. */
    readonly file_name: string;
    readonly width: number;
    readonly height: number;
    /** Name of the drawn picture, beside the document. */
    readonly drawn: string;
  }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
  /** Of all pictures, in their order. */
  readonly detections: readonly CocoDetection[];
  /** Pictures that could not be read, and why. */
  readonly failed: readonly { readonly file_name: string; readonly reason: string }[];
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
  return Array.from(scores, (score, index) => {
    const [x0, y0, x1, y1] = boxes.subarray(4 * index, 4 * index + 4) as unknown as number[];
    const label = labels[index]!;
    const mask = masks?.[index];
    return {
      image_id: image.id,
      file_name: image.name,
      category_id: categoryIds[label] ?? label + 1,
      category_name: classNames[label] ?? "",
      bbox: [roundTo(x0!, 2), roundTo(y0!, 2), roundTo(x1! - x0!, 2), roundTo(y1! - y0!, 2)],
      score: roundTo(score, 5),
      ...(mask === undefined ? {} : {
        segmentation: { size: [mask.height, mask.width], counts: toRunLengthString(mask) },
      }),
    };
  });
}

/** A name for each drawn picture, no two alike where capitals do not count, and none a picture's own. */
export function drawnNames(paths: readonly string[]): string[] {
  return pictureStems(paths).map((stem) => `${stem}.detections.png`);
}

/** Bounds of the short side to which pictures are resized, as of the settings of the training. */
const shortSides = { least: 16, most: 4096 };
/** Most pixels of the long side, as there. */
const mostLongSide = 8192;

/** @throws {ConfigError} for options that are out of bounds. */
function assertOptions({ score = 0.5, shortSide, images }: DetectOptions): void {
  if (!(score >= 0 && score <= 1)) {
    throw new ConfigError(`--score: expected a number from 0 to 1, got ${score}`);
  }
  const { least, most } = shortSides;
  if (
    shortSide !== undefined &&
    !(Number.isInteger(shortSide) && shortSide >= least && shortSide <= most)
  ) {
    throw new ConfigError(
      `--short-side: expected a whole number from ${least} to ${most} pixels, got ${shortSide}`,
    );
  }
  if (images.length === 0) throw new ConfigError("Expected a picture, got none");
}

/** The text of `detections.json`. */
function formatDetections(
  { images, failed }: Pick<DetectOutcome, "images" | "failed">,
  { classNames, categoryIds }: Pick<DetectorFile, "classNames" | "categoryIds">,
  ids: ReadonlyMap<DetectedImage, number>,
): string {
  const document: DetectionsDocument = {
    images: images.map((image) => {
      const { path, width, height, drawn } = image;
      return { id: ids.get(image)!, file_name: path, width, height, drawn: basename(drawn) };
    }),
    categories: classNames.map((name, label) => ({ id: categoryIds[label] ?? label + 1, name })),
    detections: images.flatMap(({ detections }) => detections),
    failed: failed.map(({ path, reason }) => ({ file_name: path, reason })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/**
 * Finds objects on pictures, draws them, and writes `detections.json`, see {@linkcode DetectionsDocument}.
 * A picture that cannot be read is left out and told of, in the file too.
 *
 * @throws {ConfigError} for wrong options, and where a picture, the detector or a file of a run would be
 * overwritten; nothing is written then. {DataError} where the detector is missing or damaged, or no
 * picture can be read.
 */
export async function detect(options: DetectOptions): Promise<DetectOutcome> {
  const { score = 0.5, threads = 1, draw, onImage } = options;
  assertOptions(options);
  await loadPlugins(pluginRequest(options));
  const checkpoint = userPath(options.detector);
  const folder = userPathOr(options.out, defaultDetectFolder);
  const json = join(folder, "detections.json");
  const pictures = options.images.map((path) => userPath(path));
  const drawnPaths = drawnNames(pictures).map((name) => join(folder, name));
  await assertHoldsNoRun(folder);
  await assertNoInputIsOverwritten({
    inputs: [checkpoint, ...pictures],
    outputs: [json, ...drawnPaths],
  });
  const file = await readDetectorFile(checkpoint);
  const { settings } = file;
  const rule = testRule(settings);
  const shortSide = options.shortSide ?? rule.shortSide;
  const resize = {
    shortSide,
    // The shape of what was trained on, at another size.
    longSide: Math.min(mostLongSide, Math.round(rule.longSide * shortSide / rule.shortSide)),
    divisor: settings.images.divisor,
  };
  const detector = new Detector(file.spec, file.weights, {
    threads,
    inference: inferenceOf({
      ...settings,
      detections: { ...settings.detections, scoreThreshold: score },
    }),
  });
  const looked = await lookAtPictures(options.images, pictures, async (picture) => {
    const { index, path, file: source, image } = picture;
    // A JPEG of very many pixels is decoded smaller; its detections are told in its own pixels.
    const { width, height } = await decodedSize(source);
    const isReduced = width !== image.width || height !== image.height;
    const batch = batchOfImages([image], resize);
    const [decoded, whole = decoded] = await detector.detectIn(batch, [
      batch.originals,
      ...(isReduced ? [[{ width, height }]] : []),
    ]);
    const drawn = drawnPaths[index]!;
    const shown = fromScore(decoded![0]!, score);
    await writeFileAtomic(drawn, await draw(image, shown, file.classNames));
    const detections = toCocoResults(
      isReduced ? fromScore(whole![0]!, score) : shown,
      { id: index + 1, name: path },
      file,
    );
    const done = { path, width, height, drawn, detections };
    onImage?.(done);
    return done;
  }).finally(() => detector.release());
  const { images, failed, ids } = looked;
  await writeFileAtomic(json, formatDetections({ images, failed }, file, ids));
  return { json, images, failed };
}
