import assert from "node:assert/strict";
import { describeForeignBytes } from "./foreign_file.ts";

const text = (content: string) => new TextEncoder().encode(content);

Deno.test("describeForeignBytes says what a file is and what to do", () => {
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /^empty; copy/],
    [text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), /Git LFS.*git lfs pull/],
    [text("\n<!DOCTYPE html><html>"), /web page.*download it again/],
    [text("\u{feff}<html>"), /web page/],
    [text('{"error":"Repository not found"}'), /error message of a server/],
    [Uint8Array.of(0x50, 0x4b, 3, 4, 0), /zip archive.*PyTorch.*save_file/],
    [Uint8Array.of(0x80, 2, 0x8a), /pickle.*PyTorch.*save_file/],
    [Uint8Array.of(0x1f, 0x8b, 8), /gzip; unpack/],
    [Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10), /HDF5/],
    [text("BZh91AY&SY"), /bzip2; unpack/],
    [Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), /7z archive; unpack/],
    [text("Rar!\x1a\x07\0"), /RAR archive/],
    [text("II*\0"), /an image/],
    [new Uint8Array(1000), /full of zeros/],
  ];
  for (const [bytes, says] of cases) assert.match(describeForeignBytes(bytes) ?? "", says);
  assert.equal(describeForeignBytes(text("anything else")), undefined);
});
