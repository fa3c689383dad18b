import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError } from "../../core/errors.ts";
import { packageFile } from "../../core/files.ts";
import { Session } from "../../core/engine/session.ts";
import { imageBatchShape } from "../../core/methods/distillation_step.ts";
import { bindConstants } from "../../core/methods/student_inference.ts";
import { l2Normalize } from "../../core/nn/l2_normalize.ts";
import { ModuleContext, traceModel } from "../../core/nn/module_context.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../../core/nn/parameters.ts";
import { writeSafetensors } from "../../core/nn/safetensors.ts";
import { reduceMean, reshape } from "../../core/onnx/build.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { RandomStream } from "../../core/random.ts";
import { teachers } from "../registry.ts";
import { loadEmojiClip } from "./emoji_clip.ts";
import { encodeCaptionVectors, ImageEncoder } from "./encoder.ts";
import {
  type EmojiClipName,
  emojiClipSizes,
  imageTower,
  imageTowerWidths,
  textTower,
} from "./towers.ts";
import { weightsFileName } from "./weights_file.ts";

const { imageSize, dimension, captionLength } = emojiClipSizes;

/** Both towers with fresh weights: nothing here depends on what was trained. */
function freshWeights(seed = 1): NamedTensors {
  const { parameters, buffers } = traceModel({ layout: "chwn", mode: "eval" }, (context) => {
    const shape = imageBatchShape("chwn", 1, imageSize);
    const image = imageTower(context, context.graph.input("images", "uint8", shape));
    const captions = context.graph.input("captions", "float32", [3, captionLength]);
    assert.deepEqual(image.shape, [1, dimension]);
    assert.deepEqual(textTower(context, captions).shape, [3, dimension]);
  });
  return new Map([
    ...namedParts(initializeFlat(parameters, seed), parameters),
    ...namedParts(initializeFlat(buffers, seed), buffers),
  ]);
}

function assertUnitRows(rows: Float32Array, count: number): void {
  assert.equal(rows.length, count * dimension);
  for (let row = 0; row < count; row++) {
    const length = Math.hypot(...rows.subarray(row * dimension, (row + 1) * dimension));
    assert(Math.abs(length - 1) < 1e-5, `row ${row} has length ${length}`);
  }
}

/** Runs a test with a weights file in a folder of its own. */
async function withFile(content: Uint8Array | null, use: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "weights.safetensors");
    if (content) await Deno.writeFile(path, content);
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function assertRefused(content: Uint8Array | null, message: RegExp): Promise<void> {
  await withFile(content, async (path) => {
    await assert.rejects(loadEmojiClip({ path }), (error) => {
      assert(error instanceof DataError, String(error));
      assert(error.message.includes(path));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("the towers fit into 10 MB of half-precision numbers", () => {
  let count = 0;
  for (const { data } of freshWeights().values()) count += data.length;
  assert(2 * count < 10e6, `${count} numbers`);
});

const models = Object.keys(imageTowerWidths) as EmojiClipName[];

Deno.test("the weights of all models take at most 10 MB together", async () => {
  const sizes = await Promise.all(models.map(async (model) => {
    const { size } = await Deno.stat(packageFile(`teachers/emoji_clip/${weightsFileName(model)}`));
    return size;
  }));
  assert.equal(new Set(sizes).size, models.length);
  assert(sizes.reduce((sum, size) => sum + size, 0) <= 10e6, sizes.join(" + "));
});

Deno.test("models of every size are teachers of one space's length under their own names", async () => {
  const hashes = new Set<string>();
  for (const model of models) {
    const teacher = await teachers.get(model)();
    assert.deepEqual([teacher.name, teacher.title], [model, model]);
    assert.equal(teacher.dimension, dimension);
    assertUnitRows(
      await teacher.encodeImages(new Uint8Array(3 * imageSize ** 2 * teacher.batchSize).fill(90)),
      teacher.batchSize,
    );
    assertUnitRows(await teacher.encodeText!(["an owl"]), 1);
    await teacher.release();
    hashes.add(teacher.hash);
  }
  assert.equal(hashes.size, models.length);
});

Deno.test("loadEmojiClip() refuses the weights of another size", async () => {
  const path = packageFile("teachers/emoji_clip/weights.safetensors");
  await assert.rejects(
    loadEmojiClip({ model: "emoji-clip-tiny", path }),
    (error) => error instanceof DataError && /wrong shape: conv1\.weight/.test(error.message),
  );
});

Deno.test("ImageEncoder gives unit rows, each by its own image alone", async () => {
  const weights = freshWeights();
  const batchSize = 4;
  const random = new RandomStream(2);
  const pixels = 3 * imageSize ** 2;
  const images = Uint8Array.from({ length: pixels * batchSize }, () => random.integer(256));
  const encoder = await ImageEncoder.create(weights, { batchSize });
  const together = await encoder.encode(images);
  assertUnitRows(together, batchSize);
  // The others replaced by black, the third stays.
  const changed = images.map((value, index) => index % batchSize === 2 ? value : 0);
  const alone = await encoder.encode(changed);
  await encoder.release();
  for (let column = 0; column < dimension; column++) {
    const place = 2 * dimension + column;
    assert(Math.abs(alone[place]! - together[place]!) < 1e-6, `column ${column}`);
  }
  assert.notDeepEqual(alone.subarray(0, dimension), together.subarray(0, dimension));
});

Deno.test("encodeCaptionVectors() gives unit rows for any number of captions", async () => {
  const weights = freshWeights();
  const random = new RandomStream(3);
  const captions = Float32Array.from({ length: 5 * captionLength }, () => random.normal());
  const five = await encodeCaptionVectors(weights, captions);
  assertUnitRows(five, 5);
  const one = await encodeCaptionVectors(weights, captions.slice(captionLength, 2 * captionLength));
  assertUnitRows(one, 1);
  one.forEach((value, column) => {
    assert(Math.abs(value - five[dimension + column]!) < 1e-6, `column ${column}`);
  });
});

Deno.test("loadEmojiClip() is a teacher of images and texts", async () => {
  const content = writeSafetensors(freshWeights(), { dtype: "F16" });
  await withFile(content, async (path) => {
    const teacher = await loadEmojiClip({ path });
    assert.equal(teacher.name, "emoji-clip");
    assert.equal(teacher.imageSize, imageSize);
    assert.equal(teacher.dimension, dimension);
    const images = new Uint8Array(3 * imageSize ** 2 * teacher.batchSize).fill(127);
    assertUnitRows(await teacher.encodeImages(images), teacher.batchSize);
    assertUnitRows(await teacher.encodeText!(["an icon of an owl.", "qqqzzz"]), 2);
    assert.deepEqual(await teacher.unknownWords!("an owl qqqzzz"), ["qqqzzz"]);
    await teacher.release();
    // A released teacher starts again when it is asked.
    assertUnitRows(await teacher.encodeImages(images), teacher.batchSize);
    await teacher.release();
    assert.equal((await loadEmojiClip({ path })).hash, teacher.hash);
    await Deno.writeFile(path, writeSafetensors(freshWeights(2), { dtype: "F16" }));
    assert.notEqual((await loadEmojiClip({ path })).hash, teacher.hash);
  });
});

Deno.test("loadEmojiClip() says how to get weights that are missing", async () => {
  await assertRefused(null, /is missing.*deno task train-teacher/);
});

Deno.test("loadEmojiClip() refuses damaged weights when it loads, not when it is asked", async () => {
  const weights = freshWeights();
  const content = writeSafetensors(weights, { dtype: "F16" });
  await assertRefused(new Uint8Array(0), /0 bytes/);
  await assertRefused(content.subarray(0, content.length - 100), /./);
  await assertRefused(new TextEncoder().encode("version https://git-lfs"), /./);

  const lacking = new Map(weights);
  lacking.delete("layer2.0.conv1.weight");
  lacking.set("caption_mean", { shape: [2], data: new Float32Array(2) });
  await assertRefused(
    writeSafetensors(lacking),
    /missing: layer2\.0\.conv1\.weight.*wrong shape: caption_mean is \[2\], expected \[100\]/s,
  );

  const broken = new Map(weights);
  const { shape, data } = weights.get("text_mlp.0.bias")!;
  broken.set("text_mlp.0.bias", { shape, data: data.with(7, NaN) });
  await assertRefused(writeSafetensors(broken), /"text_mlp\.0\.bias"/);
});

Deno.test("the registry of teachers suggests near names", () => {
  assert.equal(teachers.get("emoji-clip"), loadEmojiClip);
  assert.throws(
    () => teachers.get("emoji-clib"),
    (error) => error instanceof ConfigError && /Did you mean "emoji-clip"/.test(error.message),
  );
});

Deno.test("the mean of what emoji-clip says of pixels is what it says of the image", async () => {
  const teacher = await teachers.get("emoji-clip")();
  try {
    const { batchSize } = teacher;
    const random = new RandomStream(3, "dense");
    const images = new Uint8Array(3 * imageSize ** 2 * batchSize);
    images.forEach((_, at) => images[at] = random.integer(256));
    const graph = new Graph("dense teacher");
    const bind = bindConstants(graph, teacher.dense!.weights);
    const context = new ModuleContext(graph, {
      layout: "chwn",
      mode: "eval",
      bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
    });
    const shape = imageBatchShape("chwn", batchSize, imageSize);
    const { rows, height, width } = teacher.dense!.embed(
      context,
      graph.input("images", "uint8", shape),
    );
    const pixels = reshape(graph, rows, [height * width, batchSize, dimension]);
    graph.output("mean", l2Normalize(graph, reduceMean(graph, pixels, [0], false)));
    const session = await Session.create(graph);
    const { mean } = await session.run({ images: { dtype: "uint8", shape, data: images } });
    await session.release();
    const expected = await teacher.encodeImages(images);
    const difference = expected.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - (mean!.data as Float32Array)[at]!)),
      0,
    );
    assert(height * width > 1 && difference < 1e-5, `${difference}`);
  } finally {
    await teacher.release();
  }
});
