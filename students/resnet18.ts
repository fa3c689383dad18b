/**
 * ResNet-18 with torchvision's topology and parameter names.
 *
 * @module
 */

import { basicBlock, resnet } from "./resnet.ts";
import type { Student } from "./student.ts";

/** ResNet-18: 11.7 million parameters at width 1 with 1000 classes. */
export const resnet18: Student = resnet({
  name: "resnet18",
  block: basicBlock,
  blocks: [2, 2, 2, 2],
});
