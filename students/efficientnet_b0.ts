/**
 * EfficientNet-B0 with torchvision's topology and parameter names.
 *
 * @module
 */

import { efficientnet } from "./efficientnet.ts";
import type { Student } from "./student.ts";

/** EfficientNet-B0: 5.3 million parameters at width 1 with 1000 classes. */
export const efficientnetB0: Student = efficientnet({
  name: "efficientnet_b0",
  depthMultiplier: 1,
});
