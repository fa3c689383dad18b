/**
 * All tasks by name. A new one is a folder and a line here, or a plug-in.
 *
 * @module
 */

import { Registry } from "../core/registry.ts";
import { openSegmentationBatches } from "../core/vision/batches/segmentation_batches.ts";
import { denseZeroShot } from "./dense_zero_shot/dense_zero_shot.ts";
import { detection } from "./detection/detection.ts";
import { nearestNeighbours } from "./k_nn/k_nn.ts";
import { linearProbe } from "./linear_probe/linear_probe.ts";
import { pixelNeighbour } from "./pixel_nearest_neighbour/pixel_nearest_neighbour.ts";
import { robustness } from "./robustness/robustness.ts";
import { segmentationTask } from "./segmentation/segmentation.ts";
import { semiSupervised } from "./semi_supervised/semi_supervised.ts";
import type { Task } from "./task.ts";
import { zeroShot } from "./zero_shot/zero_shot.ts";

/** All tasks. */
export const tasks: Registry<Task> = new Registry<Task>("task");
const builtIn: readonly Task[] = [
  zeroShot,
  linearProbe,
  semiSupervised,
  nearestNeighbours,
  robustness,
  pixelNeighbour,
  detection,
  segmentationTask(openSegmentationBatches),
  denseZeroShot,
];
for (const task of builtIn) tasks.register(task.name, task);
