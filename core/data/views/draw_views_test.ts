import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { RandomStream } from "../../random.ts";
import { augmentationRecipes } from "../augmentation/recipes.ts";
import { type DrawnImage, drawViews } from "./draw_views.ts";
import { sharedBytes } from "./view_set.ts";

/** Images of noise, every seventh of which is not an image. */
async function writeFiles(folder: string, count: number) {
  const random = new RandomStream(3);
  const files: { sample: number; path: string; id: string }[] = [];
  for (let index = 0; index < count; index++) {
    const width = 20 + index, height = 30;
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    const raw = { width, height, channels: 3 as const };
    const id = `${index}.png`, path = join(folder, id);
    const bytes = index % 7 === 6
      ? Uint8Array.of(1, 2, 3)
      : await sharp(pixels, { raw }).png().toBuffer();
    await Deno.writeFile(path, bytes);
    files.push({ sample: index, path, id });
  }
  return files;
}

Deno.test("drawViews() draws the same bytes whatever the number of Workers", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const count = 16, seeds = [5, 9], imageSize = 24;
    const images = await writeFiles(folder, count);
    const recipe = augmentationRecipes.get("mocov2");
    const draw = async (workers: number, mostDamaged = count) => {
      const output = sharedBytes(count * seeds.length * 3 * imageSize ** 2);
      const told: DrawnImage[] = [];
      const origin = { kind: "files" } as const;
      await drawViews({ origin, images, seeds, recipe, imageSize, output, mostDamaged }, {
        workers,
        onImage: (image) => told.push(image),
      });
      return { output, told: told.sort((a, b) => a.index - b.index) };
    };
    const alone = await draw(0);
    assert.deepEqual(alone.told.map(({ index }) => index), [...Array(count).keys()]);
    assert.deepEqual(
      alone.told.filter(({ damage }) => damage !== undefined).map(({ index }) => index),
      [6, 13],
    );
    assert.match(alone.told[6]!.damage!, /not a JPEG, PNG or WebP/);
    assert(alone.output.some((byte) => byte > 0));
    for (const workers of [1, 3]) {
      const shared = await draw(workers);
      assert.deepEqual(shared.told, alone.told);
      assert.deepEqual(shared.output, alone.output);
    }
    // The first damaged file is one too many: what comes after it is not tried.
    assert((await draw(0, 0)).told.length < count);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
