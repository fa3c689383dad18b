/**
 * What a file is that is not what it should be, by its first bytes, and what to do about it.
 *
 * @module
 */

/** Bytes that are looked at. */
const headBytes = 512;

const convert = "convert it to safetensors, e.g. in Python: from safetensors.torch import " +
  'save_file; save_file(torch.load("FILE", map_location="cpu", weights_only=True), "FILE.safetensors")';

interface Kind {
  readonly starts: readonly (string | readonly number[])[];
  readonly says: string;
}

/** Kinds by their signatures. */
const kinds: readonly Kind[] = [
  {
    starts: ["PK\x03\x04"],
    says: `a zip archive, as PyTorch's .pth and .pt files are; ${convert}`,
  },
  {
    starts: [[0x80, 2], [0x80, 3], [0x80, 4]],
    says: `a Python pickle, as old PyTorch files are; ${convert}`,
  },
  { starts: ["\x89HDF\r\n\x1a\n"], says: "an HDF5 file, as Keras writes; convert it first" },
  { starts: [[0x1f, 0x8b]], says: "compressed by gzip; unpack it first" },
  { starts: [[0x28, 0xb5, 0x2f, 0xfd]], says: "compressed by zstd; unpack it first" },
  { starts: ["\xfd7zXZ"], says: "compressed by xz; unpack it first" },
  { starts: ["BZh9", "BZh6", "BZh1"], says: "compressed by bzip2; unpack it first" },
  { starts: ["7z\xbc\xaf\x27\x1c"], says: "a 7z archive; unpack it first" },
  { starts: ["Rar!\x1a\x07"], says: "a RAR archive; unpack it first" },
  { starts: ["\x93NUMPY"], says: "a NumPy array; convert it first" },
  { starts: ["GGUF"], says: "a GGUF file, as llama.cpp uses; it is none that is read here" },
  { starts: ["%PDF"], says: "a PDF" },
  {
    starts: ["\x89PNG", "\xff\xd8\xff", "GIF8", "II*\0", "MM\0*"],
    says: "an image",
  },
];

/**
 * What a file is, and what to do, as the end of a sentence ("it is …"); undefined where nobody can
 * tell.
 */
export function describeForeignBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "empty; copy or download it again";
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, headBytes));
  const trimmed = text.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (trimmed.startsWith("version https://git-lfs")) {
    return "a Git LFS pointer, not the file itself; fetch it with: git lfs pull";
  }
  if (/^<(!doctype html|html|head|\?xml|!--)/i.test(trimmed)) {
    return "a web page, as servers send in place of a file that needs a login or is not there; " +
      "download it again and look at it in a browser";
  }
  if (/^\{"(error|message)"/.test(trimmed)) {
    return "an error message of a server; download it again";
  }
  const found = kinds.find(({ starts }) =>
    starts.some((start) =>
      typeof start === "string"
        ? latin1(bytes, start.length) === start
        : start.every((byte, index) => bytes[index] === byte)
    )
  );
  if (found !== undefined) return found.says;
  if (latin1(bytes.subarray(257), 5) === "ustar") return "a tar archive; unpack it first";
  if (bytes.subarray(0, headBytes).every((byte) => byte === 0)) {
    return "full of zeros, as an interrupted download leaves it; copy or download it again";
  }
  return undefined;
}

/** The first bytes as characters: TextDecoder's "latin1" is another code page above 127. */
function latin1(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length));
}
