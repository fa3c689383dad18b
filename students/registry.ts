/**
 * All students by name. A new one is a file and a line here.
 *
 * @module
 */

import { Registry } from "../core/registry.ts";
import { efficientnetB0 } from "./efficientnet_b0.ts";
import { efficientnetB1 } from "./efficientnet_b1.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import { mobilenetV3Large } from "./mobilenet_v3_large.ts";
import { resnet18 } from "./resnet18.ts";
import { resnet34 } from "./resnet34.ts";
import { resnet50 } from "./resnet50.ts";
import type { Student } from "./student.ts";

/** All students. */
export const students: Registry<Student> = new Registry<Student>("student");
for (
  const student of [
    resnet18,
    resnet34,
    resnet50,
    mobilenetV2,
    mobilenetV3Large,
    efficientnetB0,
    efficientnetB1,
  ]
) {
  students.register(student.name, student);
}
