import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

const folder = join(import.meta.dirname!, "testdata");

/** A file with a header given as text or as an object, and so many bytes of data. */
function fileOf(header: unknown, dataBytes: number, claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

Deno.test("readSafetensors() reads what the reference implementation wrote", async () => {
  const bytes = await Deno.readFile(join(folder, "reference.safetensors"));
  const { tensors, metadata } = readSafetensors(bytes, "reference");
  assert.deepEqual({ ...metadata }, { title: 'quotes " and \\ and ü' });
  assert.equal(tensors.size, 5);
  assert.deepEqual(tensors.get("layer1.0.conv1.weight"), {
    dtype: "F32",
    shape: [2, 3],
    data: Float32Array.from([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], (x) => x / 3),
  });
  // 1/3 with 11 bits; the greatest number; the least above zero; both zeros.
  assert.deepEqual(tensors.get("half"), {
    dtype: "F16",
    shape: [5],
    data: Float32Array.of(0.333251953125, -65504, 2 ** -24, 0, -0),
  });
  // 1/3 with 8 bits; −3e38 and 1e-40 (subnormal) rounded to 8 bits.
  assert.deepEqual(tensors.get("brain"), {
    dtype: "BF16",
    shape: [3],
    data: Float32Array.of(171 / 512, -226 * 2 ** 120, 2 ** -133),
  });
  assert.deepEqual(tensors.get("bn1.num_batches_tracked"), {
    dtype: "I64",
    shape: [],
    data: BigInt64Array.of(-(2n ** 62n) - 1n),
  });
  assert.deepEqual(tensors.get("empty")?.shape, [0, 4]);
});

Deno.test("writeSafetensors() writes the bytes of the reference implementation", async () => {
  const bytes = await Deno.readFile(join(folder, "reference_f32.safetensors"));
  const { tensors, metadata } = readSafetensors(bytes, "reference");
  const reversed = new Map([...tensors].reverse());
  assert.deepEqual(writeSafetensors(reversed, { metadata }), bytes);
});

Deno.test("writeSafetensors() rounds to the nearest F16 and refuses numbers beyond it", () => {
  const data = Float32Array.of(1 / 3, -1e-9, 65519, Infinity);
  const bytes = writeSafetensors(new Map([["x", { shape: [4], data }]]), { dtype: "F16" });
  const read = readSafetensors(bytes, "memory").tensors.get("x");
  assert.deepEqual(read?.data, Float32Array.of(0.333251953125, -0, 65504, Infinity));
  assert.throws(
    () =>
      writeSafetensors(new Map([["x", { shape: [1], data: Float32Array.of(7e4) }]]), {
        dtype: "F16",
      }),
    (error) => error instanceof DataError && /"x" as F16: element 0 is 70000/.test(error.message),
  );
});

Deno.test("writeSafetensors() writes a view of a larger buffer, and refuses a wrong size", () => {
  const data = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
  const bytes = writeSafetensors(new Map([["x", { shape: [2], data }]]));
  assert.deepEqual(readSafetensors(bytes, "").tensors.get("x")?.data, Float32Array.of(2, 3));
  assert.throws(() => writeSafetensors(new Map([["x", { shape: [3], data }]])), /"x".*expected 3/);
  assert.throws(
    () => writeSafetensors(new Map([["__metadata__", { shape: [2], data }]])),
    DataError,
  );
});

Deno.test("readSafetensors() keeps hostile names as plain names", () => {
  const file = readSafetensors(
    fileOf('{"__proto__": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
    "file",
  );
  assert.deepEqual([...file.tensors.keys()], ["__proto__"]);
});

const badFiles: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["an empty file", new Uint8Array(0), /0 bytes, expected at least 8/],
  ["a header longer than the file", fileOf({}, 0, 1000n), /claims 1000 bytes, the file ends/],
  ["a header of 2⁶³ bytes", fileOf({}, 0, 2n ** 63n), /at most 100000000/],
  [
    "an ONNX file",
    Uint8Array.of(8, 8, 0x12, 7, 112, 121, 116, 111, 114, 99, 104),
    /it is an ONNX file; safetensors are expected here/,
  ],
  [
    "any other file",
    new TextEncoder().encode("some text that nobody expects here"),
    /not the length of a header .*another kind of file, or damaged; copy or download it again/,
  ],
  ["a header above 100 MB", fileOf({}, 0, 100_000_001n), /at most 100000000/],
  ["text that is not JSON", fileOf("{", 0), /not JSON/],
  ["text that is no UTF-8", fileOf({ a: 1 }, 0).fill(0xff, 8), /not JSON/],
  ["an unterminated string", fileOf(`{"${'\\"'.repeat(100_000)}`, 0), /not JSON/],
  ["a list", fileOf([], 0), /not a JSON object/],
  ["deep nesting", fileOf(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, 0), /nests too deep/],
  [
    "a name twice",
    fileOf(
      '{"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
        '"a" :{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
    ),
    /"a" stands twice/,
  ],
  [
    "a key of an entry twice",
    fileOf('{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}', 4),
    /"dtype" stands twice/,
  ],
  ["an entry that is not an object", fileOf({ a: 3 }, 0), /tensor "a": its entry is 3/],
  [
    "an unknown dtype",
    fileOf({ a: { ...f32([1], 0, 4), dtype: "F8_E5M2" } }, 4),
    /tensor "a": its dtype is "F8_E5M2", expected one of F32/,
  ],
  [
    "a dtype that is a property of every object",
    fileOf({ a: { ...f32([1], 0, 4), dtype: "toString" } }, 4),
    /its dtype/,
  ],
  ["no shape", fileOf({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4), /its shape is undefined/],
  ["a negative length", fileOf({ a: f32([-1, -1], 0, 4) }, 4), /its shape/],
  ["a broken length", fileOf({ a: f32([0.5, 2], 0, 4) }, 4), /its shape/],
  ["an enormous shape", fileOf({ a: f32([2 ** 40, 2 ** 40], 0, 4) }, 4), /too large/],
  [
    "a size that is not the shape's",
    fileOf({ a: f32([2], 0, 4) }, 4),
    /4 bytes, expected 8 for F32/,
  ],
  ["offsets behind the end", fileOf({ a: f32([2], 0, 8) }, 4), /the file has 4 bytes of data/],
  ["offsets that run backwards", fileOf({ a: f32([0], 4, 0) }, 4), /data_offsets/],
  ["three offsets", fileOf({ a: { ...f32([1], 0, 4), data_offsets: [0, 4, 8] } }, 8), /two whole/],
  [
    "overlapping tensors",
    fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
    /tensors "a" and "b" overlap/,
  ],
  ["a hole", fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /4 to 8, before "b"/],
  ["trailing bytes", fileOf({ a: f32([1], 0, 4) }, 7), /last 3 bytes belong to no tensor/],
  ["metadata of numbers", fileOf({ __metadata__: { epoch: 3 } }, 0), /"epoch" is 3/],
];

for (const [what, bytes, message] of badFiles) {
  Deno.test(`readSafetensors() refuses ${what}`, () => {
    assert.throws(() => readSafetensors(bytes, "weights.safetensors"), (error) => {
      assert(error instanceof DataError);
      assert.match(error.message, /^Cannot read weights\.safetensors as safetensors: /);
      assert.match(error.message, message);
      assert(error.message.length < 300);
      return true;
    });
  });
}

Deno.test("readSafetensors() refuses every truncation of a file", async () => {
  const bytes = await Deno.readFile(join(folder, "reference.safetensors"));
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => readSafetensors(bytes.subarray(0, length), "file"), DataError);
  }
});
