/**
 * Images of a few boxes, for tests with plain numbers.
 *
 * @module
 */

import { RandomStream } from "../../../random.ts";
import type { Evidence } from "../../../results/evidence.ts";
import type { RunLengthMask } from "../../run_length.ts";
import { encodeMask } from "../../run_length.ts";
import { DetectionEvidenceBuilder, type DetectionEvidenceOptions } from "../detection_evidence.ts";
import type { JudgedImage } from "../judged_image.ts";

/** A box of a category; of a detection with its score, of an object with 1 where it is a crowd. */
export interface PlainBox {
  readonly box: readonly [number, number, number, number];
  readonly category: number;
  readonly score?: number;
  readonly crowd?: number;
}

const side = 200;

/** The pixels of a box. */
export function rectangle([x0, y0, x1, y1]: PlainBox["box"], size = side): RunLengthMask {
  const window = { left: x0, top: y0, width: x1 - x0, height: y1 - y0 };
  return encodeMask(new Uint8Array(window.width * window.height).fill(1), size, size, window);
}

/** An image of 200 × 200 pixels; masks are the boxes filled. */
export function plainImage(
  id: string,
  truth: readonly PlainBox[],
  found: readonly PlainBox[],
  masks = true,
): JudgedImage {
  return {
    id,
    height: side,
    width: side,
    truth: {
      kind: "instances",
      boxes: Float32Array.from(truth.flatMap(({ box }) => box)),
      categories: Uint32Array.from(truth, ({ category }) => category),
      crowd: Uint8Array.from(truth, ({ crowd = 0 }) => crowd),
      masks: masks ? truth.map(({ box }) => ({ kind: "rle", ...rectangle(box) })) : [],
    },
    detections: {
      boxes: Float32Array.from(found.flatMap(({ box }) => box)),
      scores: Float32Array.from(found, ({ score = 0.5 }) => score),
      labels: Uint32Array.from(found, ({ category }) => category),
      ...(masks ? { masks: found.map(({ box }) => rectangle(box)) } : {}),
    },
  };
}

/** Evidence of images; by default of four categories, with masks. */
export function collectEvidence(
  images: readonly JudgedImage[],
  options: Partial<DetectionEvidenceOptions> = {},
): Evidence {
  const builder = new DetectionEvidenceBuilder({ categories: 4, masks: true, ...options });
  for (const image of images) builder.add(image);
  return builder.build();
}

/** Objects of every size and of three categories, none of which overlap each other. */
export function randomTruth(seed: number): PlainBox[] {
  const random = new RandomStream(seed, "plain truth");
  const corners: readonly (readonly [number, number, number])[] = [
    [0, 0, 98],
    [100, 0, 60],
    [0, 100, 40],
    [100, 100, 20],
    [150, 150, 10],
  ];
  return corners.map(([x, y, most]) => {
    const width = most - random.integer(2), height = most - random.integer(2);
    return { box: [x, y, x + width, y + height], category: random.integer(3) };
  });
}
