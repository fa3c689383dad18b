/**
 * `emoji-clip` without its cones and gap, and with offsets of a chosen size in their place: what a
 * student sees of the geometry of its teacher, apart from what the teacher knows.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import { centeredTeacher, offsetTeacher } from "../changed_geometry.ts";
import type { LoadTeacherOptions, Teacher } from "../teacher.ts";
import type { TeacherFamily } from "../teacher_registry.ts";
import { openEmojiClip } from "./emoji_clip.ts";
import { readMeans } from "./modality_means.ts";

/**
 * `emoji-clip` less the means of its embeddings: those of the taught icons, and of the taught names.
 *
 * @throws {DataError} when the weights are missing or damaged.
 */
export async function loadCenteredEmojiClip(options: LoadTeacherOptions = {}): Promise<Teacher> {
  const { teacher, weights, path } = await openEmojiClip(options);
  return centeredTeacher(teacher, readMeans(weights, path), "emoji-clip-centered");
}

/**
 * `emoji-clip-offset:SHARE`: `emoji-clip-centered` with a constant offset for each modality that has
 * this share of the squared length of every embedding; 0 is the centered teacher itself.
 */
export const emojiClipOffsetFamily: TeacherFamily = {
  argument: "SHARE",
  description: "emoji-clip-centered with a constant offset for each modality, 0 ≤ SHARE < 1",
  create(argument) {
    const share = Number(argument);
    if (!/^0(\.\d+)?$/.test(argument) || !(share < 1)) {
      throw new ConfigError(
        `Unknown teacher "emoji-clip-offset:${argument}": expected a share from 0 to below 1 after ` +
          "the colon, as in emoji-clip-offset:0.3",
      );
    }
    return async (options) =>
      offsetTeacher(
        await loadCenteredEmojiClip(options),
        { share },
        `emoji-clip-offset:${argument}`,
      );
  },
};
