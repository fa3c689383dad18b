/**
 * All teachers by name. A new one is a file or folder and a line here.
 *
 * @module
 */

import { loadEmojiClip } from "./emoji_clip/emoji_clip.ts";
import { emojiClipOffsetFamily, loadCenteredEmojiClip } from "./emoji_clip/changed_geometry.ts";
import { TeacherRegistry } from "./teacher_registry.ts";

/** All teachers. */
export const teachers: TeacherRegistry = new TeacherRegistry();
teachers.register("emoji-clip", loadEmojiClip);
teachers.register("emoji-clip-centered", loadCenteredEmojiClip);
teachers.registerFamily("emoji-clip-offset", emojiClipOffsetFamily);
