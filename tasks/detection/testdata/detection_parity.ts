/**
 * Detections from torchvision's weights, compared with torchvision's.
 *
 * @module
 */

import type { Layout } from "../../../core/nn/layout.ts";
import type { Detections } from "../../../core/vision/detections.ts";
import { pasteMask } from "../../../core/vision/mask_paste.ts";
import { decodeMask } from "../../../core/vision/run_length.ts";
import { openDetector } from "../mask_rcnn/detector.ts";
import {
  batchOf,
  type ReferenceDetections,
  type TorchvisionReference,
} from "./torchvision_reference.ts";

/** Numbers of a mask before it is pasted. */
const maskPixels = 28 ** 2;
/** Interpolated probabilities that are so near to the threshold may fall on either side of it. */
const rounding = 1e-6;

/** How far detections are from torchvision's. */
export interface DetectionParity {
  /** Detections of torchvision, and how many of them we have too: same label, nearest box. */
  readonly expected: number;
  readonly found: number;
  /** Ours that torchvision has not. */
  readonly surplus: number;
  /** Largest difference of a box's side, pixels, and of a score. */
  readonly boxes: number;
  readonly scores: number;
  /**
   * Least IoU of two masks. Where the reference has its probabilities, they are pasted at our box: an edge
   * that lies at a whole pixel to the rounding of the boxes would paste them into other pixels. Else such
   * masks are left out.
   */
  readonly masks: number;
  /** Detections whose masks are pasted into other pixels for that reason. */
  readonly moved: number;
  /**
   * Pixels in which torchvision's probabilities, pasted by us at torchvision's boxes, differ from its masks,
   * the rounding of interpolated probabilities at the threshold apart.
   */
  readonly pasted: number;
}

/** The pixels that a mask of 28×28 is pasted into: its box with a border, cut to whole pixels. */
function pastedPixels([x0, y0, x1, y1]: Float32Array): string {
  const share = (28 + 2) / 28 / 2;
  const [x, y] = [(x0! + x1!) / 2, (y0! + y1!) / 2];
  const [w, h] = [(x1! - x0!) * share, (y1! - y0!) * share];
  return [x - w, y - h, x + w, y + h].map(Math.trunc).join();
}

function maskIou(a: Uint8Array, b: Uint8Array): number {
  let both = 0, either = 0;
  a.forEach((bit, index) => {
    both += bit & b[index]!;
    either += bit | b[index]!;
  });
  return either === 0 ? 1 : both / either;
}

/** Largest difference of two boxes' sides. */
function boxDistance(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((side, index) => Math.abs(side - b[index]!)));
}

/** Compares the detections of one image. */
function compare(own: Detections, expected: ReferenceDetections): DetectionParity {
  const pixels = expected.height * expected.width;
  const box = (boxes: Float32Array, index: number) => boxes.subarray(4 * index, 4 * index + 4);
  const left = new Set(own.scores.keys());
  const result = {
    expected: expected.scores.length,
    found: 0,
    boxes: 0,
    scores: 0,
    masks: 1,
    moved: 0,
    pasted: 0,
  };
  const size = { height: expected.height, width: expected.width };
  const probabilitiesOf = (index: number) =>
    expected.probabilities?.subarray(index * maskPixels, (index + 1) * maskPixels);
  expected.scores.forEach((score, index) => {
    const nearest = [...left].filter((other) => own.labels[other]! + 1 === expected.labels[index])
      .map((other) => ({
        other,
        distance: boxDistance(box(own.boxes, other), box(expected.boxes, index)),
      })).sort((a, b) => a.distance - b.distance)[0];
    if (!nearest || nearest.distance > 1) return;
    const { other, distance } = nearest;
    left.delete(other);
    result.found++;
    result.boxes = Math.max(result.boxes, distance);
    result.scores = Math.max(result.scores, Math.abs(own.scores[other]! - score));
    const mask = expected.masks.subarray(index * pixels, (index + 1) * pixels);
    const probabilities = probabilitiesOf(index);
    if (probabilities !== undefined) {
      const [more, less] = [rounding, -rounding].map((added) =>
        decodeMask(
          pasteMask(probabilities.map((value) => value + added), box(expected.boxes, index), size),
        )
      );
      result.pasted += mask.filter((bit, pixel) =>
        bit !== more![pixel] && bit !== less![pixel]
      ).length;
    }
    const isMoved =
      pastedPixels(box(own.boxes, other)) !== pastedPixels(box(expected.boxes, index));
    if (isMoved) result.moved++;
    if (isMoved && probabilities === undefined) return;
    const theirs = probabilities === undefined
      ? mask
      : decodeMask(pasteMask(probabilities, box(own.boxes, other), size));
    result.masks = Math.min(result.masks, maskIou(decodeMask(own.masks![other]!), theirs));
  });
  return { ...result, surplus: left.size };
}

/** Detects on all scenes, in batches of one. */
export async function detectionParity(
  { spec, weights, settings, scenes }: TorchvisionReference,
  layout: Layout,
): Promise<DetectionParity[]> {
  const detector = openDetector(spec, weights, {
    layout,
    inference: {
      proposals: {
        candidates: settings.rpn_pre_nms_top_n_test,
        kept: settings.rpn_post_nms_top_n_test,
        suppressionIou: 0.7,
      },
      pooling: { samplingRatio: 2, aligned: false, canonicalSize: 224 },
      detections: {
        scoreThreshold: 0.05,
        suppressionIou: 0.5,
        most: settings.box_detections_per_img,
      },
    },
  });
  const results: DetectionParity[] = [];
  for (const scene of scenes) {
    const [own] = await detector.detect(batchOf([scene]));
    results.push(compare(own!, scene));
  }
  await detector.release();
  return results;
}
