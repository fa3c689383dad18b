/**
 * EfficientNet-B1 with torchvision's topology and parameter names.
 *
 * @module
 */

import { efficientnet } from "./efficientnet.ts";
import type { Student } from "./student.ts";

/** EfficientNet-B1: 7.8 million parameters at width 1 with 1000 classes. */
export const efficientnetB1: Student = efficientnet({
  name: "efficientnet_b1",
  depthMultiplier: 1.1,
});
