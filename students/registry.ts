/**
 * All students by name. A new one is a file and a line here.
 *
 * @module
 */

import { Registry } from "../core/registry.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import { resnet18 } from "./resnet.ts";
import type { Student } from "./student.ts";

/** All students. */
export const students: Registry<Student> = new Registry<Student>("student");
for (const student of [resnet18, mobilenetV2]) students.register(student.name, student);
