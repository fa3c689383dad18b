/**
 * A teacher as a plug-in: any ONNX file that turns images into vectors. Set `ONNX_TEACHER` to its
 * path; this one takes a file that `deno task export` wrote, and its `features`.
 *
 *     ONNX_TEACHER=runs/mine/export/student.onnx \
 *       deno task distill --plugin examples/onnx_teacher.ts --teacher onnx --method seed
 *
 * It has no text encoder, so it can drive SEED, not LGD. For LGD give `encodeText` too: texts in,
 * unit vectors of the same space out.
 *
 * @module
 */

import { ConfigError } from "@lgd-bench/lgd-bench/errors";
import {
  loadOnnxTeacher,
  type LoadTeacherOptions,
  type Teacher,
} from "@lgd-bench/lgd-bench/teachers";

/** Loads the file. */
function load(options?: LoadTeacherOptions): Promise<Teacher> {
  // Plug-ins may read this variable and those that begin with LGD_BENCH_.
  const path = Deno.env.get("ONNX_TEACHER");
  if (!path) {
    throw new ConfigError("Cannot load teacher onnx: ONNX_TEACHER must hold the path of a file");
  }
  // Exported students normalise inside; another file may want `preprocess: { mean, std }`.
  return loadOnnxTeacher({ name: "onnx", path, output: "features" }, options);
}

/** The plug-in. */
export default { teacher: { name: "onnx", load } };
