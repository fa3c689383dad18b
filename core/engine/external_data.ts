/**
 * Files in which an ONNX file keeps its weights (`external_data`): only those of its own folder, and
 * every byte of them counts.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, isAbsolute, join, relative } from "node:path";
import { DataError } from "../errors.ts";
import { explainReadError } from "../files.ts";
import { inlineTensors } from "../onnx/inline_tensors.ts";

/** Largest tensor that is read into the model: shapes, scales and the like are far smaller. */
const mostInlineBytes = 2 ** 16;

/** Bytes read at a time. */
const chunkBytes = 4 * 2 ** 20;

/** Why a place is not one that is followed; undefined where it is. */
function findPlaceProblem(location: string): string | undefined {
  if (location === "") return "it has no name";
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(location)) return "its name has control characters";
  if (isAbsolute(location) || /^[a-z]:|\\/i.test(location)) return "it is not a relative path";
  return location.split("/").includes("..") ? "it lies outside the folder of the file" : undefined;
}

async function hashFile(path: string): Promise<string> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  const chunk = new Uint8Array(chunkBytes);
  for (let count = await file.read(chunk); count !== null; count = await file.read(chunk)) {
    hash.update(chunk.subarray(0, count));
  }
  return hash.digest("hex");
}

/**
 * Hashes of the files that hold weights of an ONNX file, each with its place.
 *
 * @param path The ONNX file.
 * @param locations As the ONNX file writes them: relative to its folder.
 * @throws {DataError} where one is missing, no file, or outside the folder, links followed.
 */
export async function hashExternalData(
  path: string,
  locations: readonly string[],
): Promise<string[]> {
  if (locations.length === 0) return [];
  const folder = await Deno.realPath(dirname(path));
  const hashes: string[] = [];
  for (const location of locations) {
    const fail = (reason: string): never => {
      throw new DataError(
        `Cannot load ${path}: it keeps weights in ${
          JSON.stringify(location).slice(0, 200)
        }: ${reason}. ` +
          "Keep both files in one folder, or save the model in one file",
      );
    };
    const problem = findPlaceProblem(location);
    if (problem !== undefined) fail(problem);
    const place = join(folder, location);
    try {
      const real = await Deno.realPath(place);
      const inside = relative(folder, real);
      if (inside.startsWith("..") || isAbsolute(inside)) {
        fail("it lies outside the folder of the file");
      }
      if (!(await Deno.stat(real)).isFile) fail("it is not a file");
      hashes.push(`${JSON.stringify(location)} ${await hashFile(real)}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) fail("there is no such file");
      throw explainReadError(place, error);
    }
  }
  return hashes;
}

/** Bytes of a part of a file; undefined where they are many, or it does not have them. */
function readPart(path: string, offset: number, length?: number): Uint8Array | undefined {
  using file = Deno.openSync(path);
  const count = length ?? file.statSync().size - offset;
  if (count < 0 || count > mostInlineBytes) return undefined;
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = file.readSync(bytes.subarray(at));
    if (read === null) return undefined;
    at += read;
  }
  return bytes;
}

/**
 * The ONNX file with small tensors of the files beside it in it: ONNX Runtime needs shapes while it
 * loads a model, and refuses those that lie elsewhere.
 *
 * @param path The ONNX file, whose places {@linkcode hashExternalData} has checked.
 * @param bytes Its content.
 */
export function inlineExternalData(path: string, bytes: Uint8Array): Uint8Array {
  return inlineTensors(
    bytes,
    (location, offset, length) => readPart(join(dirname(path), location), offset, length),
  );
}
