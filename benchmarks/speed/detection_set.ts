/**
 * A made-up set of detections of any size, for measuring evaluations.
 *
 * @module
 */

import { RandomStream } from "../../core/random.ts";
import type { JudgedImage } from "../../core/vision/evaluation/mod.ts";
import { encodeMask, type RunLengthMask } from "../../core/vision/run_length.ts";
import { toRunLengthString } from "../../core/vision/run_length_string.ts";

/** Size of a set. */
export interface DetectionSetSize {
  readonly images: number;
  /** Detections in all, spread evenly over the images; as many objects. */
  readonly detections: number;
  readonly categories: number;
  readonly masks: boolean;
}

const width = 640, height = 480;

/** An ellipse that fills a box. */
function ellipse([x0, y0, x1, y1]: readonly number[]): RunLengthMask {
  const left = Math.max(0, Math.floor(x0!)), top = Math.max(0, Math.floor(y0!));
  const right = Math.min(width, Math.ceil(x1!)), bottom = Math.min(height, Math.ceil(y1!));
  const window = { left, top, width: Math.max(right - left, 0), height: Math.max(bottom - top, 0) };
  const bytes = new Uint8Array(window.width * window.height);
  for (let index = 0; index < bytes.length; index++) {
    const x = (index % window.width + 0.5) / window.width - 0.5;
    const y = (Math.floor(index / window.width) + 0.5) / window.height - 0.5;
    if (x * x + y * y <= 0.25) bytes[index] = 1;
  }
  return encodeMask(bytes, height, width, bytes.length > 0 ? window : { ...window, width: 0 });
}

/** Draws a set: three of four detections lie near an object, most of them with its category. */
export function drawDetectionSet(size: DetectionSetSize, seed = 0): JudgedImage[] {
  const random = new RandomStream(seed, "detection set");
  const category = () => Math.floor(size.categories * random.uniform() ** 2);
  const box = (): number[] => {
    const w = 8 * 50 ** random.uniform(), h = 8 * 40 ** random.uniform();
    const x = random.uniform(0, width - w), y = random.uniform(0, height - h);
    return [x, y, x + w, y + h];
  };
  return Array.from({ length: size.images }, (_, image) => {
    const share = size.detections / size.images;
    const count = Math.floor((image + 1) * share) - Math.floor(image * share);
    const truth = Array.from({ length: count }, () => ({ box: box(), category: category() }));
    const found = truth.map(({ box: [x0, y0, x1, y1], category: label }) => {
      if (random.uniform() < 0.25) return { box: box(), category: category() };
      const jitter = (side: number) => side * 0.08 * random.normal();
      const w = x1! - x0!, h = y1! - y0!;
      return {
        box: [x0! + jitter(w), y0! + jitter(h), x1! + jitter(w), y1! + jitter(h)],
        category: random.uniform() < 0.85 ? label : category(),
      };
    });
    const boxes = (list: readonly { box: readonly number[] }[]) =>
      Float32Array.from(list.flatMap((one) => one.box));
    const labels = (list: readonly { category: number }[]) =>
      Uint32Array.from(list, (one) => one.category);
    const truthMasks = size.masks ? truth.map((one) => ellipse(one.box)) : [];
    return {
      id: `${image}`,
      height,
      width,
      truth: {
        kind: "instances",
        boxes: boxes(truth),
        categories: labels(truth),
        crowd: Uint8Array.from(truth, () => Number(random.uniform() < 0.01)),
        masks: truthMasks.map((mask) => ({ kind: "rle" as const, ...mask })),
        areas: Float64Array.from(truth, ({ box: [x0, y0, x1, y1] }) => (x1! - x0!) * (y1! - y0!)),
      },
      detections: {
        boxes: boxes(found),
        scores: Float32Array.from(found, () => random.uniform()),
        labels: labels(found),
        ...(size.masks ? { masks: found.map((one) => ellipse(one.box)) } : {}),
      },
    };
  });
}

/** The set as other programs read it: COCO's data set and its list of results. */
export function toCocoFile(images: readonly JudgedImage[], categories: number): string {
  const box = (boxes: Float32Array, index: number) => {
    const [x0, y0, x1, y1] = boxes.subarray(4 * index, 4 * index + 4) as unknown as number[];
    return [x0!, y0!, x1! - x0!, y1! - y0!];
  };
  const runs = (mask: { readonly counts: Uint32Array }) => ({
    size: [height, width],
    counts: toRunLengthString({ height, width, counts: mask.counts }),
  });
  const hasMasks = images.some(({ detections }) => detections.masks !== undefined);
  let id = 0;
  return JSON.stringify({
    kind: hasMasks ? "segm" : "bbox",
    truth: {
      images: images.map((_, index) => ({ id: index + 1, height, width })),
      categories: Array.from({ length: categories }, (_, index) => ({
        id: index + 1,
        name: `${index}`,
      })),
      annotations: images.flatMap(({ truth }, image) =>
        Array.from(truth.categories, (category, index) => {
          const mask = truth.masks[index];
          return {
            id: ++id,
            image_id: image + 1,
            category_id: category + 1,
            bbox: box(truth.boxes, index),
            area: truth.areas![index],
            iscrowd: truth.crowd[index],
            ...(mask?.kind === "rle" ? { segmentation: runs(mask) } : {}),
          };
        })
      ),
    },
    detections: images.flatMap(({ detections }, image) =>
      Array.from(detections.labels, (label, index) => ({
        image_id: image + 1,
        category_id: label + 1,
        score: detections.scores[index],
        ...(hasMasks
          ? { segmentation: runs(detections.masks![index]!) }
          : { bbox: box(detections.boxes, index) }),
      }))
    ),
  });
}
