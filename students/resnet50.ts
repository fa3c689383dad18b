/**
 * ResNet-50 with torchvision's topology and parameter names.
 *
 * @module
 */

import { bottleneck, resnet } from "./resnet.ts";
import type { Student } from "./student.ts";

/** ResNet-50: 25.6 million parameters at width 1 with 1000 classes. */
export const resnet50: Student = resnet({
  name: "resnet50",
  block: bottleneck,
  blocks: [3, 4, 6, 3],
});
