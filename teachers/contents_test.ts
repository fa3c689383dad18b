import assert from "node:assert/strict";
import { teacherContents } from "./contents.ts";
import { loadEmojiClip } from "./emoji_clip/emoji_clip.ts";

Deno.test("teacherContents() hashes shipped weights and passes over other names", async () => {
  const teacher = await loadEmojiClip();
  const contents = await teacherContents(["emoji-clip", "clip-rn50", "emoji-clip"]);
  assert.deepEqual(contents, { "teacher emoji-clip": teacher.hash });
  await teacher.release();
});
