import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError, LgdBenchError } from "../core/errors.ts";
import { matMul, reduceMean } from "../core/onnx/build.ts";
import { Graph } from "../core/onnx/graph.ts";
import { encodeModel } from "../core/onnx/proto.ts";
import { onnx } from "../core/onnx/proto_messages.ts";
import { takeDataWarnings } from "../core/data/warnings.ts";
import { addModelChecksum } from "../core/onnx/model_checksum.ts";
import protobuf from "protobufjs";
import { loadOnnxTeacher } from "./onnx_teacher.ts";

/** A model whose embedding is the mean of each channel. */
function channelMeans(batchDimension?: string): Uint8Array {
  const graph = new Graph("channel means");
  const images = graph.input("pixels", "float32", [2, 3, 4, 4]);
  graph.output("means", reduceMean(graph, images, [2, 3], false));
  return encodeModel(graph, batchDimension === undefined ? {} : { batchDimension });
}

/** A model that multiplies the means by a matrix, which lies in a file beside it. */
function modelWithExternalData(location: string, length = 36): Uint8Array {
  const graph = new Graph("projected means");
  const images = graph.input("pixels", "float32", [2, 3, 4, 4]);
  const matrix = graph.constant("float32", [3, 3], Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1));
  graph.output("means", matMul(graph, reduceMean(graph, images, [2, 3], false), matrix));
  // The messages of what is written here do not know of such tensors.
  const messages = onnx.toJSON() as {
    nested: { TensorProto: { fields: Record<string, unknown> } };
  };
  Object.assign(messages.nested.TensorProto.fields, {
    externalData: { id: 13, type: "StringStringEntryProto", rule: "repeated" },
    dataLocation: { id: 14, type: "int32" },
  });
  const type = protobuf.Root.fromJSON(messages as protobuf.INamespace).lookupType("ModelProto");
  const model = type.toObject(type.decode(encodeModel(graph))) as {
    graph: { initializer: { dims: unknown[]; rawData?: Uint8Array }[] };
  };
  const tensor = model.graph.initializer.find(({ dims }) => dims.length === 2)!;
  delete tensor.rawData;
  Object.assign(tensor, {
    dataLocation: 1,
    externalData: [{ key: "location", value: location }, { key: "length", value: `${length}` }],
  });
  return type.encode(type.fromObject(model)).finish();
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

Deno.test("an ONNX teacher with external data is loaded by its path, and every byte is in its hash", () =>
  withFile(modelWithExternalData("weights.bin"), async (path) => {
    const data = join(path, "..", "weights.bin");
    const load = () => loadOnnxTeacher({ name: "split", path, imageSize: 4 });
    await assert.rejects(load(), /keeps weights in "weights.bin": there is no such file/);
    const matrix = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    await Deno.writeFile(data, new Uint8Array(matrix.buffer));
    const images = new Uint8Array(3 * 16 * 2).fill(0);
    images.fill(255, 0, 32);
    const first = await load();
    assert.deepEqual([...await first.encodeImages(images)], [1, 0, 0, 1, 0, 0]);
    await first.release();
    const again = await load();
    assert.equal(again.hash, first.hash);
    await again.release();
    matrix[1] = 1;
    await Deno.writeFile(data, new Uint8Array(matrix.buffer));
    const other = await load();
    assert.notEqual(other.hash, first.hash);
    assert.notDeepEqual([...await other.encodeImages(images)], [1, 0, 0, 1, 0, 0]);
    await other.release();
    await Deno.remove(data);
    await Deno.mkdir(data);
    await assert.rejects(load(), /keeps weights in "weights.bin": it is not a file/);
  }));

Deno.test("an ONNX teacher takes no file outside its folder", async () => {
  for (
    const place of ["/etc/hostname", "../hostname", "a/../../hostname", "C:/x", "..\\x", "a\0b"]
  ) {
    await withFile(modelWithExternalData(place), async (path) => {
      await assert.rejects(
        loadOnnxTeacher({ name: "t", path, imageSize: 4 }),
        (error) =>
          error instanceof DataError &&
          /outside the folder|not a relative path|control characters/.test(error.message),
        place,
      );
    });
  }
  await withFile(modelWithExternalData("link.bin"), async (path) => {
    const outside = await Deno.makeTempFile();
    try {
      await Deno.writeFile(outside, new Uint8Array(36));
      await Deno.symlink(outside, join(path, "..", "link.bin"));
      await assert.rejects(
        loadOnnxTeacher({ name: "t", path, imageSize: 4 }),
        /outside the folder/,
      );
    } finally {
      await Deno.remove(outside);
    }
  });
});

Deno.test("an ONNX teacher's sizes are checked before anything is taken for them", async () => {
  const shaped = (shape: readonly number[]) => {
    const graph = new Graph("means");
    const images = graph.input("pixels", "float32", [...shape]);
    graph.output("means", reduceMean(graph, images, [2, 3], false));
    return encodeModel(graph);
  };
  const cases: [number[], number, RegExp][] = [
    [[2_000_000_000, 3, 4, 4], 4, /input "pixels" is \[2000000000, 3, 4, 4\], expected at most/],
    [[1, 3, 100_000, 100_000], 100_000, /is \[1, 3, 100000, 100000\]/],
    [[1, 3, 4000, 4000], 4000, /image size 4000, expected 1 to 2048/],
    [[1_000_000, 3, 4, 4], 4, /batch size 1000000, expected 1 to 4096/],
    [[4096, 3, 128, 128], 128, /take 805306368 bytes, expected at most/],
  ];
  for (const [shape, imageSize, reason] of cases) {
    await withFile(shaped(shape), async (path) => {
      const before = Deno.memoryUsage().rss;
      await assert.rejects(
        loadOnnxTeacher({ name: "t", path, imageSize }),
        (error) => error instanceof LgdBenchError && reason.test(error.message),
      );
      assert.ok(Deno.memoryUsage().rss - before < 2 ** 28);
    });
  }
});

Deno.test("a folder, a pointer and a zip in place of a teacher are named, with the way out", () =>
  withFile(new TextEncoder().encode("version https://git-lfs.github.com/spec/v1"), async (path) => {
    const load = () => loadOnnxTeacher({ name: "t", path, imageSize: 4 });
    await assert.rejects(load(), /Git LFS pointer.*git lfs pull/);
    await Deno.writeFile(path, Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0));
    await assert.rejects(load(), /zip archive.*PyTorch/);
    await Deno.remove(path);
    await Deno.mkdir(path);
    await assert.rejects(
      load(),
      (error) =>
        error instanceof DataError && /it is a folder, expected a file/.test(error.message),
    );
  }));

Deno.test("an ONNX teacher without a checksum is named, and one that was changed is refused", () =>
  withFile(addModelChecksum(channelMeans()), async (path) => {
    const load = () => loadOnnxTeacher({ name: "t", path, imageSize: 4 });
    takeDataWarnings();
    await (await load()).release();
    assert.deepEqual(takeDataWarnings(), []);
    const bytes = await Deno.readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    await assert.rejects(load(), DataError);
    await Deno.writeFile(path, channelMeans());
    await (await load()).release();
    assert.match(takeDataWarnings().join(), /Teacher t: .*teacher\.onnx has no checksum/);
  }));
