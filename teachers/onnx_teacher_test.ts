import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError } from "../core/errors.ts";
import { reduceMean } from "../core/onnx/build.ts";
import { Graph } from "../core/onnx/graph.ts";
import { encodeModel } from "../core/onnx/proto.ts";
import { loadOnnxTeacher } from "./onnx_teacher.ts";

/** A model whose embedding is the mean of each channel. */
function channelMeans(batchDimension?: string): Uint8Array {
  const graph = new Graph("channel means");
  const images = graph.input("pixels", "float32", [2, 3, 4, 4]);
  graph.output("means", reduceMean(graph, images, [2, 3], false));
  return encodeModel(graph, batchDimension === undefined ? {} : { batchDimension });
}

async function withFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "teacher.onnx");
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an ONNX teacher normalises the pixels and gives unit vectors, an image per row", () =>
  withFile(channelMeans(), async (path) => {
    const preprocess = { mean: [0.2, 0, 0], std: [0.5, 1, 1] };
    const teacher = await loadOnnxTeacher({ name: "means", path, imageSize: 4, preprocess });
    assert.deepEqual([teacher.dimension, teacher.batchSize], [3, 2]);
    // [3, H, W, B]: image 0 is red 204, image 1 is green 51 and blue 51.
    const images = new Uint8Array(3 * 16 * 2);
    for (let pixel = 0; pixel < 16; pixel++) {
      images[pixel * 2] = 204;
      images[(16 + pixel) * 2 + 1] = images[(32 + pixel) * 2 + 1] = 51;
    }
    const actual = Array.from(await teacher.encodeImages(images));
    // Before normalisation: (0.8 − 0.2) / 0.5 = 1.2, 0, 0 and (0 − 0.2) / 0.5 = −0.4, 0.2, 0.2.
    const length = Math.hypot(0.4, 0.2, 0.2);
    const expected = [1, 0, 0, -0.4 / length, 0.2 / length, 0.2 / length];
    actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) < 1e-6));
    assert.equal(teacher.encodeText, undefined);
    await teacher.release();
    const other = await loadOnnxTeacher({ name: "means", path, imageSize: 4 });
    assert.notEqual(other.hash, teacher.hash);
    await other.release();
  }));

Deno.test("an ONNX file that is not such a teacher is refused with what it has", () =>
  withFile(channelMeans("batch"), async (path) => {
    const teacher = await loadOnnxTeacher({ name: "free", path, imageSize: 4, batchSize: 5 });
    assert.equal(teacher.batchSize, 5);
    await teacher.release();
    await assert.rejects(
      loadOnnxTeacher({ name: "t", path, imageSize: 8 }),
      (error) =>
        error instanceof ConfigError && /pixels float32 \[batch, 3, 4, 4\]/.test(error.message),
    );
    await assert.rejects(
      loadOnnxTeacher({ name: "t", path, imageSize: 4, output: "mean" }),
      /its outputs are means float32 \[batch, 3\]; expected "mean"/,
    );
    await Deno.writeTextFile(path, "no model");
    await assert.rejects(loadOnnxTeacher({ name: "t", path, imageSize: 4 }), DataError);
    await assert.rejects(loadOnnxTeacher({ name: "t", path: `${path}x`, imageSize: 4 }), DataError);
  }));
