/**
 * Teachers: frozen image encoders, for LGD with a text encoder of the same space.
 *
 * @example Two captions in the space of the shipped teacher
 * ```ts
 * import assert from "node:assert/strict";
 * import { teachers } from "@lgd-bench/lgd-bench/teachers";
 *
 * const teacher = await teachers.get("emoji-clip")();
 * const embeddings = await teacher.encodeText!(["a cat", "a dog"]);
 * assert.equal(embeddings.length, 2 * teacher.dimension);
 * await teacher.release();
 * ```
 *
 * @module
 */

export {
  centeredTeacher,
  type ModalityMeans,
  offsetTeacher,
  type TeacherOffsets,
} from "./changed_geometry.ts";
export { loadEmojiClip } from "./emoji_clip/emoji_clip.ts";
export {
  type EmbeddingGeometry,
  type LabelledEmbeddings,
  measureGeometry,
  measureSharpness,
  type SoftmaxSharpness,
} from "./geometry.ts";
export { loadOnnxTeacher, type OnnxTeacherOptions } from "./onnx_teacher.ts";
export { teachers } from "./registry.ts";
export type { LoadTeacherOptions, Teacher, TeacherLoader } from "./teacher.ts";
export { type TeacherFamily, TeacherRegistry } from "./teacher_registry.ts";
