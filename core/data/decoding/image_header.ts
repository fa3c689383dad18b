/**
 * Format and size of an image file, read from its first bytes.
 *
 * @module
 */

/** Formats that are decoded. SVG is none of them: a drawing may refer to other files. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif";

/** Endings of the files that are taken for images, in lower case. */
export const imageExtensions: ReadonlySet<string> = new Set([
  ".jpg",
  ".jpeg",
  ".jpe",
  ".jfif",
  ".png",
  ".webp",
  ".gif",
  ".tif",
  ".tiff",
  ".avif",
]);

/** The formats, for messages. */
export const formatNames = "JPEG, PNG, WebP, GIF, TIFF or AVIF";

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));

function has(bytes: Uint8Array, signature: readonly number[], offset = 0): boolean {
  return signature.every((value, index) => bytes[offset + index] === value);
}

/** Format by the first bytes: the name of a file proves nothing. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  // Stray bytes may follow the first marker.
  if (has(bytes, [0xff, 0xd8])) return "jpeg";
  if (has(bytes, [0x89, ...ascii("PNG")])) return "png";
  if (has(bytes, ascii("RIFF")) && has(bytes, ascii("WEBP"), 8)) return "webp";
  if (has(bytes, ascii("GIF8"))) return "gif";
  if (has(bytes, [0x49, 0x49, 0x2a, 0]) || has(bytes, [0x4d, 0x4d, 0, 0x2a])) return "tiff";
  if (has(bytes, ascii("ftyp"), 4)) {
    // A compatible brand is enough: the major one may be that of the container.
    const end = Math.min(bytes.length, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    for (let at = 8; at + 4 <= end; at += 4) {
      if (has(bytes, ascii("avif"), at) || has(bytes, ascii("avis"), at)) return "avif";
    }
  }
  return undefined;
}

const foreign = "not a JPEG, PNG or WebP file (nor GIF, TIFF or AVIF)";

/** What cannot be used, by its first bytes, for messages: a web page, a pointer to a large file. */
export function describeForeignFile(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty";
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 256)).trimStart();
  if (text.startsWith("version https://git-lfs")) {
    return "a Git LFS pointer, not the image; fetch it with `git lfs pull`";
  }
  if (/^<(!doctype html|html)/i.test(text)) return "a web page, not an image";
  if (/^(<\?xml[^>]*>\s*)?<(!--|svg)/i.test(text)) {
    return `${foreign}, but a drawing (SVG)`;
  }
  if (text.startsWith("BM")) return `${foreign}, but a BMP file`;
  return foreign;
}

/** Width and height in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Size in a JPEG's frame header (SOF0 … SOF15, without DHT, JPG and DAC). */
function jpegSize(view: DataView): ImageSize | undefined {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) {
      at++;
      continue;
    }
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    // Fill bytes and markers without a length.
    if (marker === 0xff || marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
    } else if (marker === 0xda || marker === 0xd9) return undefined;
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function webpSize(view: DataView): ImageSize | undefined {
  if (view.byteLength < 30) return undefined;
  const kind = String.fromCharCode(...[12, 13, 14, 15].map((at) => view.getUint8(at)));
  if (kind === "VP8 ") {
    return {
      width: view.getUint16(26, true) & 0x3fff,
      height: view.getUint16(28, true) & 0x3fff,
    };
  }
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: (bits >>> 14 & 0x3fff) + 1 };
  }
  if (kind !== "VP8X") return undefined;
  const third = (at: number) => view.getUint16(at, true) | view.getUint8(at + 2) << 16;
  return { width: third(24) + 1, height: third(27) + 1 };
}

/**
 * Size of an image, before it is turned upright; undefined where only its decoder can tell (TIFF,
 * AVIF, damaged headers).
 */
export function imageSizeOf(bytes: Uint8Array, format: ImageFormat): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === "jpeg") return jpegSize(view);
  if (format === "webp") return webpSize(view);
  if (format === "png" && bytes.length >= 24) {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (format === "gif" && bytes.length >= 10) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  return undefined;
}
