import assert from "node:assert/strict";
import sharp from "sharp";
import { DataError } from "../../errors.ts";
import { readLabelFiles } from "../readers/label_maps/testdata/label_folders.ts";
import { withMegapixels } from "../testdata/image_folder.ts";
import { decodeLabelPng } from "./label_png.ts";

const noise = (width: number, height: number) =>
  Uint8Array.from({ length: width * height }, (_, at) => at * at * 31 + (at >> 3));

Deno.test("decodeLabelPng reads the numbers that Pillow reads, of palette and grey PNG", async () => {
  const read: string[] = [];
  for (const [name, { bytes, values }] of await readLabelFiles()) {
    if (values === null) continue;
    const found = decodeLabelPng(bytes);
    assert.deepEqual([found.width, found.height], [values[0]!.length, values.length], name);
    assert.deepEqual([...found.values], values.flat(), name);
    assert.equal(found.values instanceof Uint16Array, name.includes("16"));
    read.push(name);
  }
  assert.equal(read.length, 8);
});

Deno.test("decodeLabelPng refuses pictures, and grey of less than 8 bits, and says what they are", async () => {
  const refused: Record<string, RegExp> = {
    "grey, 1 bit": /grey of bit depth 1, which programs read differently/,
    "RGB": /picture with 3 channels: 4, 4, 4 at x = 0, y = 0; expected one number for each pixel/,
    "RGBA": /picture with 4 channels: 0, 0, 0, 0 at x = 0, y = 0/,
    "grey with alpha": /picture with 2 channels: 0, 0 at x = 0, y = 0/,
    "JPEG": /it is a JPEG file, expected a PNG/,
    "GIF": /it is a GIF file, expected a PNG/,
  };
  const files = await readLabelFiles();
  for (const [name, message] of Object.entries(refused)) {
    assert.throws(
      () => decodeLabelPng(files.get(name)!.bytes),
      (error) => error instanceof DataError && message.test(error.message),
      name,
    );
  }
  for (
    const [text, message] of [["", /is empty/], [
      "version https://git-lfs",
      /git lfs pull/,
    ]] as const
  ) {
    assert.throws(() => decodeLabelPng(new TextEncoder().encode(text)), message);
  }
});

Deno.test("decodeLabelPng reads interlaced files, those of few pixels too", async () => {
  for (const [width, height] of [[1, 1], [3, 2], [4, 5], [8, 8], [37, 29]] as const) {
    const pixels = noise(width, height);
    for (const progressive of [true, false]) {
      const bytes = await sharp(pixels, { raw: { width, height, channels: 1 } })
        .toColourspace("b-w").png({ progressive, adaptiveFiltering: true }).toBuffer();
      assert.equal(bytes[28], Number(progressive));
      assert.deepEqual(decodeLabelPng(bytes), { width, height, values: pixels });
    }
  }
});

Deno.test("decodeLabelPng refuses what is damaged or cut short", async () => {
  const { bytes } = (await readLabelFiles()).get("palette, 8 bits")!;
  for (let length = 0; length < bytes.length; length += 7) {
    assert.throws(() => decodeLabelPng(bytes.subarray(0, length)), DataError);
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 16;
    assert.throws(() => decodeLabelPng(changed), DataError, `byte ${at}`);
  }
});

Deno.test("decodeLabelPng refuses a palette file without a palette, and reads numbers beyond it", async () => {
  const { bytes } = (await readLabelFiles()).get("palette, 8 bits")!;
  const place = new TextDecoder("latin1").decode(bytes).indexOf("PLTE") - 4;
  const view = new DataView(bytes.buffer);
  const length = view.getUint32(place), end = place + 12 + length;
  const without = Uint8Array.from([...bytes.subarray(0, place), ...bytes.subarray(end)]);
  assert.throws(() => decodeLabelPng(without), /places in a palette, and it has none/);
  // Pillow writes palettes of the named classes alone and 255 beside them, and reads both again.
  const { crc32 } = await import("node:zlib");
  const chunk = new Uint8Array(12 + 3);
  chunk.set([0, 0, 0, 3, ...new TextEncoder().encode("PLTE"), 1, 2, 3]);
  new DataView(chunk.buffer).setUint32(11, crc32(chunk.subarray(4, 11)));
  const short = Uint8Array.from([...bytes.subarray(0, place), ...chunk, ...bytes.subarray(end)]);
  assert.deepEqual(decodeLabelPng(short), decodeLabelPng(bytes));
});

Deno.test("decodeLabelPng refuses files of more pixels than images may have before they take memory", async () => {
  const bytes = (await readLabelFiles()).get("grey, 8 bits")!.bytes.slice();
  const large = bytes.slice();
  const view = new DataView(large.buffer);
  view.setUint32(16, 2 ** 31);
  const { crc32 } = await import("node:zlib");
  view.setUint32(29, crc32(large.subarray(12, 29)));
  assert.throws(
    () => decodeLabelPng(large),
    /2147483648 × 29 pixels, the limit is 64 million; set LGD_BENCH_MAX_MEGAPIXELS to raise it/,
  );
  await withMegapixels("0.001", () => {
    assert.throws(() => decodeLabelPng(bytes), /37 × 29 pixels, the limit is 0.001 million/);
    return Promise.resolve();
  });
});
