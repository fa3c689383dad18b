import assert from "node:assert/strict";
import sharp from "sharp";
import { ConfigError, DataError } from "../../errors.ts";
import { encodeNoise, withMegapixels } from "../testdata/image_folder.ts";
import {
  createDecodingBudget,
  shareDecodingBudget,
  withDecodingBudget,
} from "./decoding_budget.ts";
import { decodeImageBytes, decodingKey } from "./image_decoder.ts";
import { imageFormat, imageSizeOf } from "./image_header.ts";

const formats = ["jpeg", "png", "webp", "gif", "tiff", "avif"] as const;

function indexOf(bytes: Uint8Array, marker: number): number {
  return bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === marker);
}

/** The same file with other bytes in the place of some. */
function splice(bytes: Uint8Array, at: number, removed: number, added: number): Uint8Array {
  return Uint8Array.of(
    ...bytes.subarray(0, at),
    ...new Uint8Array(added),
    ...bytes.subarray(at + removed),
  );
}

Deno.test("decodeImageBytes reads what sharp decodes, whatever the format", async () => {
  for (const format of formats) {
    const bytes = await encodeNoise(3, format, { width: 50, height: 30 });
    assert.equal(imageFormat(bytes), format);
    const { width, height, pixels } = await decodeImageBytes(bytes);
    assert.deepEqual([width, height, pixels.length], [50, 30, 4500], format);
  }
});

Deno.test("imageSizeOf reads sizes from headers, as the decoder does", async () => {
  for (const format of ["jpeg", "png", "webp", "gif"] as const) {
    const bytes = await encodeNoise(1, format, { width: 71, height: 300 });
    assert.deepEqual(imageSizeOf(bytes, format), { width: 71, height: 300 }, format);
    assert.equal(imageSizeOf(bytes.subarray(0, 8), format), undefined);
  }
  const create = { width: 33, height: 44, channels: 4 as const, background: "#1234" };
  for (const options of [{ lossless: true }, { lossless: false }]) {
    const bytes = await sharp({ create }).webp(options).toBuffer();
    assert.deepEqual(imageSizeOf(bytes, "webp"), { width: 33, height: 44 });
  }
  const progressive = await sharp({ create }).jpeg({ progressive: true }).toBuffer();
  assert.deepEqual(imageSizeOf(progressive, "jpeg"), { width: 33, height: 44 });
});

Deno.test("decodeImageBytes decodes what libvips only warns of, as every viewer does", async () => {
  const bytes = await encodeNoise(5, "jpeg", { width: 64, height: 64 });
  const good = await decodeImageBytes(bytes);
  const scan = indexOf(bytes, 0xda);
  const end = scan + 2 + (bytes[scan + 2]! << 8 | bytes[scan + 3]!);
  const noScanParameters = splice(bytes, end - 3, 3, 3);
  const strayBytes = splice(bytes, indexOf(bytes, 0xdb), 0, 3);
  for (const doubtful of [noScanParameters, strayBytes]) {
    assert.deepEqual((await decodeImageBytes(doubtful)).pixels, good.pixels);
  }
});

Deno.test("decodeImageBytes refuses truncated files", async () => {
  for (const format of formats) {
    const bytes = await encodeNoise(5, format, { width: 64, height: 64 });
    for (const share of [0.6, 0.9]) {
      await assert.rejects(
        decodeImageBytes(bytes.subarray(0, Math.floor(bytes.length * share))),
        DataError,
        `${format} ${share}`,
      );
    }
  }
});

Deno.test("decodeImageBytes says what a file is that is not an image", async () => {
  const text = (content: string) => decodeImageBytes(new TextEncoder().encode(content));
  await assert.rejects(text(""), /the file is empty/);
  await assert.rejects(text("version https://git-lfs.github.com/spec/v1\noid x"), /git lfs pull/);
  await assert.rejects(text("<!DOCTYPE html><html>"), /a web page/);
  await assert.rejects(text("BM......"), /a BMP file/);
  await assert.rejects(text("hello"), /not a JPEG, PNG or WebP file/);
});

Deno.test("decodeImageBytes reads a huge JPEG at reduced size, and refuses other formats with the way out", async () => {
  const create = { width: 12_000, height: 9_000, channels: 3 as const, background: "#c04020" };
  const { width, height, pixels } = await decodeImageBytes(
    await sharp({ create }).jpeg().toBuffer(),
  );
  assert.deepEqual([width, height], [6000, 4500]);
  assert.ok(Math.abs(pixels[0]! - 0xc0) < 3 && Math.abs(pixels[1]! - 0x40) < 3);
  await assert.rejects(
    decodeImageBytes(await sharp({ create }).png().toBuffer()),
    /12000 × 9000 pixels \(108 million\), the limit is 64 million; set LGD_BENCH_MAX_MEGAPIXELS/,
  );
});

Deno.test("decodeImageBytes refuses a limit of megapixels that is not one, before any image is left out", async () => {
  const bytes = await sharp({ create: { width: 4, height: 4, channels: 3, background: "#fff" } })
    .png().toBuffer();
  for (const text of ["abc", "-5", "0", "1e9", "64MP"]) {
    await withMegapixels(text, async () => {
      const refused = (error: unknown) =>
        error instanceof ConfigError && /LGD_BENCH_MAX_MEGAPIXELS is ".*", expected a number/
          .test(error.message);
      await assert.rejects(decodeImageBytes(bytes), refused);
      assert.throws(decodingKey, refused);
    });
  }
  await withMegapixels("", () => {
    assert.deepEqual(decodingKey(), {});
    return Promise.resolve();
  });
});

Deno.test("withDecodingBudget lets no more be decoded at once than there is room for", async () => {
  shareDecodingBudget(createDecodingBudget(100));
  try {
    let now = 0, most = 0;
    const work = (bytes: number) =>
      withDecodingBudget(bytes, async () => {
        now += Math.min(bytes, 100 * 1024);
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now -= Math.min(bytes, 100 * 1024);
      });
    const sizes = Array.from({ length: 40 }, (_, index) => (index * 37 % 60 + 1) * 1024);
    // One that is larger than the whole budget is done alone, also where it fails.
    const failing = withDecodingBudget(10 ** 9, () => Promise.reject(new Error("damaged")));
    await Promise.all([...sizes, 10 ** 9].map(work).concat(assert.rejects(failing, /damaged/)));
    assert.ok(most <= 100 * 1024 && most > 60 * 1024, `${most}`);
  } finally {
    shareDecodingBudget(createDecodingBudget());
  }
});
