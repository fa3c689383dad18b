/**
 * All teachers by name. A new one is a file or folder and a line here.
 *
 * @module
 */

import { Registry } from "../core/registry.ts";
import { loadEmojiClip } from "./emoji_clip/emoji_clip.ts";
import type { TeacherLoader } from "./teacher.ts";

/** All teachers. */
export const teachers: Registry<TeacherLoader> = new Registry<TeacherLoader>("teacher");
teachers.register("emoji-clip", loadEmojiClip);
