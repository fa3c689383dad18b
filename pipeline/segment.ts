/**
 * Gives every pixel of the user's own pictures a class.
 *
 * @module
 */

import { basename, join } from "node:path";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { type Colour, encodeLabelPng } from "../core/data/encode_label_png.ts";
import { ConfigError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { assertHoldsNoRun, assertNoInputIsOverwritten } from "../core/own_outputs.ts";
import type { MapDimensions } from "../core/nn/resample.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { defaultSegmentFolder } from "../core/recipe/default_folder.ts";
import type { TemplateSetName } from "../core/text/templates.ts";
import { classColours } from "../core/vision/class_colours.ts";
import type { Look, SegmenterInference } from "../tasks/segmentation/pixel_classifier.ts";
import { type FailedPicture, lookAtPictures } from "./look_at_pictures.ts";
import { pictureStems } from "./picture_stems.ts";
import { isTeacherName, type OpenedPixelModel, openPixelModel } from "./pixel_models.ts";
import { loadPlugins, pluginRequest } from "./plugins.ts";

/** What {@linkcode segment} is given. */
export interface SegmentOptions {
  /** Path of a `segmenter.safetensors`, of a `segmenter.onnx` or of a student, or `teacher:NAME`. */
  model: string;
  /** Paths of the pictures. */
  images: readonly string[];
  /** Path of a list of class names, one a line: for a student or a teacher. */
  names?: string;
  /** Prompts of the names; default: `imagenet-80`. */
  templates?: TemplateSetName;
  /** Teacher whose texts are used; default: that of the student. */
  teacher?: string;
  /** Strides of a student or a teacher beyond it become dilations, 1 to 64; default: all stay. */
  outputStride?: number;
  /** Size of windows that slide over a picture by two thirds of it; default: as in the tests of the training. */
  window?: { readonly height: number; readonly width: number };
  /** Sizes at which a picture is looked at, as factors on its own; default: as in the tests of the training. */
  scales?: readonly number[];
  /** Whether it is looked at mirrored too; default: as in the tests of the training. */
  flip?: boolean;
  /** Folder for pictures and `segmentation.json`; default: `runs/segment`. */
  out?: string;
  /** Threads; default 1. */
  threads?: number;
  plugins?: readonly string[];
  pluginOverride?: boolean;
  /** Draws the classes over a picture, as a PNG. */
  draw: (
    image: RgbImage,
    labels: Uint8Array,
    legend: { readonly colours: readonly Colour[]; readonly classes: readonly DrawnShare[] },
  ) => Promise<Uint8Array>;
  /** Told of each picture that is done. */
  onImage?: (image: SegmentedImage) => void;
}

/** A class that a picture has, with its colour. */
export interface DrawnShare {
  readonly name: string;
  readonly colour: Colour;
  /** Of the pixels, 0 to 1. */
  readonly share: number;
}

/** A class that a picture has. */
export interface ClassShare {
  /** Value of its pixels in the map of labels. */
  readonly id: number;
  readonly name: string;
  readonly pixels: number;
  /** Of the pixels, 0 to 1. */
  readonly share: number;
}

/** A picture that was looked at. */
export interface SegmentedImage {
  /** As the user gave it. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Size at which it was looked at, smaller where it has more pixels than are looked at at once. */
  readonly seen: { readonly width: number; readonly height: number };
  /** Sizes at which it was looked at, one for each scale. */
  readonly looks: readonly Look[];
  /** The picture with the colours of its classes, and a legend. */
  readonly drawn: string;
  /** A PNG with a palette whose values are the classes. */
  readonly labels: string;
  /** The classes that it has, the largest first. */
  readonly classes: readonly ClassShare[];
}

/** What was found. */
export interface SegmentOutcome {
  /** The file that describes all pictures. */
  readonly json: string;
  readonly images: readonly SegmentedImage[];
  /** Pictures that could not be read, and why. */
  readonly failed: readonly FailedPicture[];
  /** What the reader should know of the model and the names. */
  readonly warnings: readonly string[];
}

/** What `segmentation.json` holds. */
export interface SegmentationDocument {
  /** Pictures that were read. */
  readonly images: readonly {
    /** From 1, in the order of the pictures. */
    readonly id: number;
    /** Path as the user gave it. */
    readonly file_name: string;
    readonly width: number;
    readonly height: number;
    /** Size at which it was looked at, before it was looked at at several. */
    readonly seen: { readonly width: number; readonly height: number };
    /** Sizes at which it was looked at, one for each scale. */
    readonly looks: readonly {
      readonly scale: number;
      readonly width: number;
      readonly height: number;
    }[];
    /** Names of what was made of it, beside the document. */
    readonly drawn: string;
    readonly labels: string;
    readonly classes: readonly ClassShare[];
  }[];
  readonly classes: readonly {
    readonly id: number;
    readonly name: string;
    readonly colour: string;
  }[];
  /** Pictures that could not be read, and why. */
  readonly failed: readonly { readonly file_name: string; readonly reason: string }[];
}

/** The classes of a map, the largest first. */
function classShares(labels: Uint8Array, classNames: readonly string[]): ClassShare[] {
  const counts = new Float64Array(classNames.length);
  for (const label of labels) counts[label]!++;
  return classNames
    .map((name, id) => ({ id, name, pixels: counts[id]!, share: counts[id]! / labels.length }))
    .filter(({ pixels }) => pixels > 0)
    .sort((a, b) => b.pixels - a.pixels);
}

const hexOf = (colour: Colour) =>
  `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

/** Pixels of a picture at once: larger ones are looked at smaller, so that none takes more memory than there is. */
const mostPixels = 2 ** 22;

/** Bounds of what the user may ask for. */
const most = { outputStride: 64, windowSide: 8192, scales: 16, scale: 16 };

function assertWhole(option: string, value: number, limit: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= limit) return;
  throw new ConfigError(`${option}: expected a whole number from 1 to ${limit}, got ${value}`);
}

/** @throws {ConfigError} for options that are out of bounds. */
function assertOptions({ outputStride, window, scales, images }: SegmentOptions): void {
  if (images.length === 0) throw new ConfigError("Expected a picture, got none");
  if (outputStride !== undefined) {
    assertWhole("--output-stride", outputStride, most.outputStride);
    if (!Number.isInteger(Math.log2(outputStride))) {
      throw new ConfigError(
        `--output-stride: expected a power of two up to ${most.outputStride}, got ${outputStride}`,
      );
    }
  }
  for (const side of Object.values(window ?? {})) assertWhole("--window", side, most.windowSide);
  if (scales === undefined) return;
  const wrong = scales.find((scale) => !(scale > 0 && scale <= most.scale));
  if (wrong === undefined && scales.length >= 1 && scales.length <= most.scales) return;
  throw new ConfigError(
    `--scales: expected 1 to ${most.scales} numbers above 0 and up to ${most.scale}, got ${
      scales.join(",") || "none"
    }`,
  );
}

/** What the options say of how pictures are looked at. */
function inferenceOptions({ window, scales, flip }: SegmentOptions): SegmenterInference {
  const stride = (side: number) => Math.max(1, Math.round(side * 2 / 3));
  return {
    ...(window === undefined ? {} : {
      slide: {
        crop: window,
        stride: { height: stride(window.height), width: stride(window.width) },
      },
    }),
    ...(scales === undefined ? {} : { scales }),
    ...(flip === undefined ? {} : { flip }),
  };
}

/** The text of `segmentation.json`. */
function formatDocument(
  { images, failed }: Pick<SegmentOutcome, "images" | "failed">,
  { classNames, colours }: { classNames: readonly string[]; colours: readonly Colour[] },
  ids: ReadonlyMap<SegmentedImage, number>,
): string {
  const document: SegmentationDocument = {
    images: images.map((image) => {
      const { path, width, height, seen, looks, drawn, labels, classes } = image;
      return {
        id: ids.get(image)!,
        file_name: path,
        width,
        height,
        seen,
        looks: looks.map(({ scale, seen: { width, height } }) => ({ scale, width, height })),
        drawn: basename(drawn),
        labels: basename(labels),
        classes,
      };
    }),
    classes: classNames.map((name, id) => ({ id, name, colour: hexOf(colours[id]!) })),
    failed: failed.map(({ path, reason }) => ({ file_name: path, reason })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** Says of each size that a picture was looked at whether it is smaller than was asked for. */
function reduced(path: string, looks: readonly Look[]): string[] {
  const size = ({ width, height }: MapDimensions) => `${width} × ${height}`;
  return looks.filter(({ asked, seen }) => asked.width > seen.width || asked.height > seen.height)
    .map(({ scale, asked, seen }) =>
      `${path}: at scale ${scale} it has ${
        size(asked)
      } pixels, more than are looked at at once; it was ` +
      `looked at at ${size(seen)}`
    );
}

/** Where what is made of a picture goes. */
interface PictureOutputs {
  readonly drawn: string;
  readonly labels: string;
}

/** Looks at one picture and writes what was found. */
async function segmentPicture(
  image: RgbImage,
  path: string,
  { classifier, classNames }: OpenedPixelModel,
  { drawn, labels }: PictureOutputs,
  { colours, draw }: { readonly colours: readonly Colour[]; readonly draw: SegmentOptions["draw"] },
): Promise<SegmentedImage> {
  const map = await classifier.segment(image);
  const classes = classShares(map, classNames);
  const shares = classes.map(({ id, name, share }) => ({ name, share, colour: colours[id]! }));
  await writeFileAtomic(labels, encodeLabelPng(map, image, colours));
  await writeFileAtomic(drawn, await draw(image, map, { colours, classes: shares }));
  const { width, height } = image;
  const { width: seenWidth, height: seenHeight } = classifier.sizeSeen(image);
  const seen = { width: seenWidth, height: seenHeight };
  return { path, width, height, seen, looks: classifier.looks(image), drawn, labels, classes };
}

/**
 * Gives every pixel of pictures a class, draws them, and writes maps of labels and `segmentation.json`, see
 * {@linkcode SegmentationDocument}. A picture that cannot be read is left out and told of, in the file too.
 *
 * @throws {ConfigError} for wrong options, and where a picture, the model, the names or a file of a run
 * would be overwritten; nothing is written then. {DataError} where the model is missing or damaged, or no
 * picture can be read.
 */
export async function segment(options: SegmentOptions): Promise<SegmentOutcome> {
  const { names, templates, teacher, outputStride, threads = 1, draw, onImage } = options;
  assertOptions(options);
  await loadPlugins(pluginRequest(options));
  const source = isTeacherName(options.model) ? options.model : userPath(options.model);
  const folder = userPathOr(options.out, defaultSegmentFolder);
  const json = join(folder, "segmentation.json");
  const pictures = options.images.map((path) => userPath(path));
  const outputs = pictureStems(pictures).map((stem): PictureOutputs => ({
    drawn: join(folder, `${stem}.segments.png`),
    labels: join(folder, `${stem}.labels.png`),
  }));
  await assertHoldsNoRun(folder);
  await assertNoInputIsOverwritten({
    inputs: [
      ...(isTeacherName(source) ? [] : [source]),
      ...(names === undefined ? [] : [userPath(names)]),
      ...pictures,
    ],
    outputs: [json, ...outputs.flatMap(({ drawn, labels }) => [drawn, labels])],
  });
  const model = await openPixelModel(source, {
    names,
    templates,
    teacher,
    outputStride,
    threads,
    inference: inferenceOptions(options),
    mostPixels,
  });
  const colours = classColours(model.classNames);
  const looked = await lookAtPictures(options.images, pictures, async ({ index, path, image }) => {
    const done = await segmentPicture(image, path, model, outputs[index]!, { colours, draw });
    onImage?.(done);
    return done;
  }).finally(() => model.classifier.release());
  const { images, failed, ids } = looked;
  await writeFileAtomic(json, formatDocument({ images, failed }, { ...model, colours }, ids));
  const warnings = [
    ...model.warnings,
    ...images.flatMap(({ path, looks }) => reduced(path, looks)),
  ];
  return { json, images, failed, warnings };
}
