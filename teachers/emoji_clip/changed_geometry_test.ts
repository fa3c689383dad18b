import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import { gradCam } from "../../core/methods/grad_cam.ts";
import { RandomStream } from "../../core/random.ts";
import { teachers } from "../registry.ts";
import type { Teacher } from "../teacher.ts";

const captions = ["an icon of an owl.", "an icon of a pizza.", "an icon of a sailboat."];

/** Embeddings of one batch of noise and of three captions. */
async function embed(teacher: Teacher): Promise<{ images: Float32Array; texts: Float32Array }> {
  const random = new RandomStream(5, "images");
  const images = Uint8Array.from(
    { length: 3 * teacher.imageSize ** 2 * teacher.batchSize },
    () => random.integer(256),
  );
  try {
    return {
      images: (await teacher.encodeImages(images)).slice(0, 4 * teacher.dimension),
      texts: await teacher.encodeText!(captions),
    };
  } finally {
    await teacher.release();
  }
}

/** Cosines of all images with all texts. */
function cosines({ images, texts }: Awaited<ReturnType<typeof embed>>, width: number): number[] {
  const result: number[] = [];
  for (let image = 0; image < images.length; image += width) {
    for (let text = 0; text < texts.length; text += width) {
      let sum = 0;
      for (let column = 0; column < width; column++) {
        sum += images[image + column]! * texts[text + column]!;
      }
      result.push(sum);
    }
  }
  return result;
}

Deno.test("emoji-clip-offset:SHARE is emoji-clip-centered with smaller contrasts and a shift", async () => {
  const centered = await teachers.get("emoji-clip-centered")();
  const offset = await teachers.get("emoji-clip-offset:0.3")();
  assert.equal(centered.name, "emoji-clip-centered");
  assert.equal(offset.name, "emoji-clip-offset:0.3");
  assert.equal(offset.dimension, centered.dimension + 2);
  const plain = cosines(await embed(centered), centered.dimension);
  const shifted = cosines(await embed(offset), offset.dimension);
  shifted.forEach((value, index) => {
    assert(Math.abs(value - (0.7 * plain[index]! + 0.3 * 0.3)) < 1e-5, `${index}: ${value}`);
  });
});

Deno.test("emoji-clip and its changed forms have hashes of their own", async () => {
  const names = [
    "emoji-clip",
    "emoji-clip-centered",
    "emoji-clip-offset:0",
    "emoji-clip-offset:0.3",
    "emoji-clip-offset:0.5",
  ];
  const hashes = await Promise.all(names.map(async (name) => {
    const teacher = await teachers.get(name)();
    await teacher.release();
    return teacher.hash;
  }));
  assert.equal(new Set(hashes).size, names.length);
});

Deno.test("emoji-clip-offset refuses what is not a share", () => {
  for (const argument of ["", "1", "-0.1", "1.5", "half", "0.3.1", "0x1"]) {
    assert.throws(
      () => teachers.get(`emoji-clip-offset:${argument}`),
      (error) =>
        error instanceof ConfigError && /expected a share from 0 to below 1/.test(error.message),
      argument,
    );
  }
  assert.throws(() => teachers.get("emoji-clip-offset"), /emoji-clip-offset:SHARE/);
});

Deno.test("emoji-clip and its changed forms embed images with their feature maps as they do without", async () => {
  for (const name of ["emoji-clip", "emoji-clip-centered", "emoji-clip-offset:0.4"]) {
    const teacher = await teachers.get(name)();
    const { imageSize, batchSize, dimension } = teacher;
    const random = new RandomStream(6, "images");
    const images = Uint8Array.from({ length: 3 * imageSize ** 2 * 2 }, () => random.integer(256));
    // [n, 3, H, W] as [3, H, W, B], of which the first two places count.
    const innermost = new Uint8Array(3 * imageSize ** 2 * batchSize);
    images.forEach((value, index) => {
      const image = Math.floor(index / (images.length / 2)), pixel = index % (images.length / 2);
      innermost[pixel * batchSize + image] = value;
    });
    const embeddings = (await teacher.encodeImages(innermost)).slice(0, 2 * dimension);
    await teacher.release();
    // Unit vectors: the cosine of each with itself is 1.
    const { scores, maps, layer } = await gradCam(teacher.mapped!, {
      images,
      imageSize,
      texts: embeddings,
      dimension,
    });
    assert.equal(layer, "c4");
    assert.equal(maps.length, 2 * 5 * 5);
    for (const score of scores) assert(Math.abs(score - 1) < 1e-4, `${name}: ${score}`);
  }
});
