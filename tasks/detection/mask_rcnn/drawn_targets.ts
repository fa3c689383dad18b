/**
 * What a training step of a detector trains on, drawn as torchvision draws it.
 *
 * @module
 */

import { takeBoxes } from "../../../core/vision/boxes.ts";
import { type ProposalSettings, proposeBoxes } from "../proposals.ts";
import {
  type AnchorSampleSettings,
  maskTargets,
  sampleAnchors,
  sampleRegions,
  type SampleSettings,
} from "../targets.ts";
import type { TargetSource } from "./detector_step.ts";
import { maskSide } from "./spec.ts";

/** How targets are drawn. */
export interface TargetSettings {
  readonly anchors: AnchorSampleSettings;
  readonly proposals: ProposalSettings;
  readonly regions: SampleSettings;
}

/** Numbers of a list of arrays, one behind the other. */
function joinFloats(arrays: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    joined.set(array, at);
    at += array.length;
  }
  return joined;
}

/** Targets by the truth of a batch and the proposals of the step. */
export function drawnTargets({ anchors, proposals, regions }: TargetSettings): TargetSource {
  return {
    anchors: ({ truth }, image, all, random) => sampleAnchors(truth[image]!, all, anchors, random),
    regions({ truth, sizes }, { objectness, deltas, grids }, randomOf) {
      const count = grids.anchors.length / 4;
      const sampled = truth.map((own, image) => {
        const scores = {
          objectness: objectness.subarray(image * count, (image + 1) * count),
          deltas: deltas.subarray(4 * image * count, 4 * (image + 1) * count),
        };
        const boxes = proposeBoxes(scores, grids.anchors, grids.counts, sizes[image]!, proposals);
        return sampleRegions(own, boxes, regions, randomOf(image));
      });
      const positives: number[] = [];
      let begin = 0;
      const masks = sampled.map((own, image) => {
        const objects = [...Array(own.positives).keys()];
        positives.push(...objects.map((region) => begin + region));
        begin += own.labels.length;
        return maskTargets(
          truth[image]!,
          sizes[image]!,
          takeBoxes(own.boxes, objects),
          own.matched.subarray(0, own.positives),
          maskSide,
        );
      });
      return {
        boxes: joinFloats(sampled.map(({ boxes }) => boxes)),
        images: Uint32Array.from(
          sampled.flatMap(({ labels }, image) => new Array<number>(labels.length).fill(image)),
        ),
        labels: Uint32Array.from(sampled.flatMap(({ labels }) => [...labels])),
        deltas: joinFloats(sampled.map(({ deltas }) => deltas)),
        positives: Uint32Array.from(positives),
        masks: joinFloats(masks),
      };
    },
  };
}
