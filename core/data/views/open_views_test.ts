import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeImage } from "../decoding/image_decoder.ts";
import { getDataset } from "../registry.ts";
import { encodeNoise, withImageFolder } from "../testdata/image_folder.ts";
import { drawImageView, recipeOfRole } from "./image_views.ts";
import { openViews } from "./open_views.ts";

Deno.test("openViews draws small images from all of their pixels, larger ones from fewer", async () => {
  await withImageFolder(async (folder) => {
    for (const name of ["train/cat", "train/dog", "val/cat"]) {
      await Deno.mkdir(join(folder, name), { recursive: true });
      for (const [index, height] of [100, 160, 200].entries()) {
        const bytes = await encodeNoise(index, "png", { width: 240, height });
        await Deno.writeFile(join(folder, name, `${index}.png`), bytes);
      }
    }
    const dataset = await getDataset(`imagefolder:${folder}`);
    const source = await openViews(dataset, "train");
    const imageSize = 96;
    const asWhole = [];
    for (const index of [0, 1, 2]) {
      const drawn = new Uint8Array(3 * imageSize ** 2), whole = drawn.slice();
      source.draw(index, 7, imageSize, drawn, 0);
      const image = await decodeImage(dataset.path!("train", index));
      drawImageView(image, 7, source.samples.id(index), recipeOfRole("train"), {
        imageSize,
        layout: "pixels",
        output: whole,
        offset: 0,
      });
      asWhole.push(drawn.every((value, at) => value === whole[at]));
    }
    assert.deepEqual(asWhole, [true, true, false]);
  });
});
