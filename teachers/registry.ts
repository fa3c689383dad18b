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
for (const model of ["emoji-clip-small", "emoji-clip-tiny"] as const) {
  teachers.register(model, (options) => loadEmojiClip({ ...options, model }));
}
teachers.register("emoji-clip-centered", loadCenteredEmojiClip);
teachers.registerFamily("emoji-clip-offset", emojiClipOffsetFamily);
