/**
 * ResNet-34 with torchvision's topology and parameter names.
 *
 * @module
 */

import { basicBlock, resnet } from "./resnet.ts";
import type { Student } from "./student.ts";

/** ResNet-34: 21.8 million parameters at width 1 with 1000 classes. */
export const resnet34: Student = resnet({
  name: "resnet34",
  block: basicBlock,
  blocks: [3, 4, 6, 3],
});
