import assert from "node:assert/strict";
import { DataError } from "../errors.ts";
import { reduceMean } from "./build.ts";
import { Graph } from "./graph.ts";
import { addModelChecksum, checkModelChecksum } from "./model_checksum.ts";
import { readModelOutline } from "./model_outline.ts";
import { encodeModel } from "./proto.ts";
import { onnx } from "./proto_messages.ts";

function model(metadata: Record<string, string> = {}, producerVersion?: string): Uint8Array {
  const graph = new Graph("means");
  const images = graph.input("pixels", "float32", [2, 3, 4, 4]);
  graph.output("means", reduceMean(graph, images, [2, 3], false));
  return encodeModel(graph, {
    batchDimension: "batch",
    metadata,
    ...(producerVersion === undefined ? {} : { producerVersion }),
  });
}

const check = (bytes: Uint8Array) =>
  checkModelChecksum(bytes, readModelOutline(bytes, "a.onnx"), "a.onnx");

Deno.test("checkModelChecksum tells a whole file, one from elsewhere and one that was changed", () => {
  const whole = addModelChecksum(model({ student: "resnet18" }));
  assert.equal(check(whole), true);
  assert.equal(check(model()), false);
  const { metadata, inputs } = readModelOutline(whole, "a.onnx");
  assert.equal(metadata["student"], "resnet18");
  assert.match(metadata["checksum"]!, /^[0-9a-f]{64}$/);
  assert.deepEqual(inputs, [{ name: "pixels", shape: [undefined, 3, 4, 4] }]);
  // A file of ours without the entry, and one that another program has written again.
  assert.throws(() => check(model({ student: "resnet18" })), /a\.onnx: it has no checksum/);
  const type = onnx.lookupType("ModelProto");
  const again = type.encode(type.decode(whole)).finish();
  assert.equal(again.length, whole.length);
  const more = type.encode({ metadataProps: [{ key: "by", value: "x" }] }).finish();
  assert.throws(() => check(Uint8Array.from([...whole, ...more])), /checksum is wrong/);
});

Deno.test("checkModelChecksum finds one flipped bit at every byte", () => {
  const whole = addModelChecksum(model({ student: "resnet18" }));
  for (let at = 0; at < whole.length; at++) {
    const bad = whole.slice();
    bad[at]! ^= 1 << (at % 8);
    assert.throws(() => check(bad), DataError, `byte ${at}`);
  }
});

Deno.test("checkModelChecksum finds a file that is cut off at every byte", () => {
  const whole = addModelChecksum(model({ student: "resnet18" }, "0.1.0"));
  for (let end = 0; end < whole.length; end++) {
    assert.throws(() => check(whole.subarray(0, end)), DataError, `${end} bytes`);
  }
});

Deno.test("readModelOutline refuses what is no ONNX file, and says what it is", () => {
  const refuse = (bytes: Uint8Array, reason: RegExp) =>
    assert.throws(
      () => readModelOutline(bytes, "a.onnx"),
      (error) => error instanceof DataError && reason.test(error.message),
    );
  const text = (content: string) => new TextEncoder().encode(content);
  refuse(text("version https://git-lfs.github.com/spec/v1\n"), /Git LFS pointer.*git lfs pull/);
  refuse(Uint8Array.of(0x50, 0x4b, 3, 4), /zip archive/);
  refuse(text("<html>"), /web page/);
  refuse(new Uint8Array(), /empty/);
  refuse(model().subarray(0, 100), /claims \d+ bytes, there are|ends within/);
  refuse(Uint8Array.of(8, 9), /it has 0 graphs/);
});
