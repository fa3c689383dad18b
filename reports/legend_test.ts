import assert from "node:assert/strict";
import { intervalCovers, isEmbedded } from "./legend.ts";

const icons = { data: { imagenet: "emojinet-100", caltech: "emojitech-126" } };
const photos = { data: { imagenet: "imagefolder:photos", caltech: "emojitech-126" } };

Deno.test("intervalCovers() says that one seed tells nothing of other trainings", () => {
  assert.equal(intervalCovers({ seeds: [0, 1], protocol: icons }), "seeds and icons");
  assert.equal(intervalCovers({ seeds: [0, 1], protocol: photos }), "seeds and images");
  assert.match(intervalCovers({ seeds: [0], protocol: icons }), /^icons alone, .*--seeds 3/);
});

Deno.test("isEmbedded() is false as soon as one data set is the user's", () => {
  assert(isEmbedded({ protocol: icons }));
  assert(!isEmbedded({ protocol: photos }));
});
