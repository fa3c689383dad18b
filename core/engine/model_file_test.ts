import assert from "node:assert/strict";
import { join } from "node:path";
import protobuf from "protobufjs";
import { DataError } from "../errors.ts";
import { matMul, reshape } from "../onnx/build.ts";
import { Graph } from "../onnx/graph.ts";
import { addModelChecksum } from "../onnx/model_checksum.ts";
import { encodeModel } from "../onnx/proto.ts";
import { onnx } from "../onnx/proto_messages.ts";
import { ModelFile } from "./model_file.ts";
import { floatTensor } from "./session.ts";

const width = 160, dataName = "t.onnx.data";

/** y = reshape(x, [2, width])·w; w is larger than what is read into a model, the shape is small. */
function encodeProduct(metadata: Record<string, string> = {}, producerVersion?: string) {
  const graph = new Graph("product");
  const x = graph.input("x", "float32", [2 * width]);
  const weight = new Float32Array(width * width).map((_, at) => at % (width + 1) === 0 ? 3 : 0);
  const matrix = graph.constant("float32", [width, width], weight);
  graph.output("y", matMul(graph, reshape(graph, x, [2, width]), matrix));
  return encodeModel(graph, {
    metadata,
    ...(producerVersion === undefined ? {} : { producerVersion }),
  });
}

interface Tensor {
  rawData?: Uint8Array;
}

/** The model as other programs save it again: every constant in one file beside it. */
function saveExternally(model: Uint8Array): { model: Uint8Array; data: Uint8Array } {
  const messages = onnx.toJSON() as {
    nested: { TensorProto: { fields: Record<string, unknown> } };
  };
  Object.assign(messages.nested.TensorProto.fields, {
    externalData: { id: 13, type: "StringStringEntryProto", rule: "repeated" },
    dataLocation: { id: 14, type: "int32" },
  });
  const type = protobuf.Root.fromJSON(messages as protobuf.INamespace).lookupType("ModelProto");
  const content = type.toObject(type.decode(model)) as { graph: { initializer: Tensor[] } };
  const data: number[] = [];
  for (const tensor of content.graph.initializer) {
    const bytes = tensor.rawData!;
    delete tensor.rawData;
    const entries = { location: dataName, offset: `${data.length}`, length: `${bytes.length}` };
    Object.assign(tensor, {
      dataLocation: 1,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });
    for (const byte of bytes) data.push(byte);
  }
  return { model: type.encode(type.fromObject(content)).finish(), data: Uint8Array.from(data) };
}

async function withModel(model: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const saved = saveExternally(model);
    await Deno.writeFile(join(folder, "t.onnx"), saved.model);
    await Deno.writeFile(join(folder, dataName), saved.data);
    await test(join(folder, "t.onnx"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ModelFile.read() loads shapes and weights that lie in a file beside the model", () =>
  withModel(encodeProduct(), async (path) => {
    const file = await ModelFile.read(path);
    const x = Float32Array.from({ length: 2 * width }, (_, at) => at);
    const { y } = await file.run({ x: floatTensor(x, [x.length]) });
    assert.deepEqual(y!.shape, [2, width]);
    assert.deepEqual(y!.data, x.map((value) => 3 * value));
    assert.equal(file.isVerified, false);
    await file.release();
    // What is cut off is refused, whether it is read here or by the runtime.
    await Deno.truncate(join(path, "..", dataName), 4);
    await assert.rejects(ModelFile.read(path), DataError);
  }));

Deno.test("ModelFile.read() tells files of ours that another program has saved again", async () => {
  const whole = addModelChecksum(encodeProduct({ student: "resnet18" }, "1"));
  const told =
    /another program has saved it again.*"t\.onnx\.data".*Use the file that was exported/;
  for (const model of [whole, encodeProduct({}, "1")]) {
    await withModel(model, async (path) => {
      await assert.rejects(
        ModelFile.read(path),
        (error) => error instanceof DataError && told.test(error.message),
      );
    });
  }
});
