/**
 * Parsers of files whose checksum is right although their content is not: written by a fault of the
 * program, by another version of it, or by somebody who means harm. What stands behind the checksums
 * must hold too.
 *
 * @module
 */

import { join } from "node:path";
import { formatCheckedJson } from "../../core/checked_json.ts";
import { DataError } from "../../core/errors.ts";
import { hashJson, projectFolder, sha256 } from "../../core/files.ts";
import type { RandomStream } from "../../core/random.ts";
import { decodeSplitEvidence, encodeSplitEvidence } from "../../core/results/evidence_file.ts";
import { formatResult, parseResult } from "../../core/results/result_schema.ts";
import { parseSpeedFile } from "../../core/results/speed_result.ts";
import { encodeStudentFile, encodeStudentMetadata } from "../../pipeline/student_metadata.ts";
import { decodeStudentFile } from "../../pipeline/student_file.ts";
import { renderTextTable } from "../../reports/text_table.ts";
import { mutateValue } from "./mutate.ts";
import { type FuzzParser, overwrite } from "./parser.ts";
import { readManifest } from "../../core/store/run_folder.ts";
import { manifestValue, speedValue } from "./samples.ts";
import { sampleStudent } from "./weights.ts";

/** A JSON file as a seed whose values are changed and whose checksum is made again. */
function jsonSeed(
  value: Record<string, unknown>,
  write: (value: Record<string, unknown>) => string,
) {
  const encode = (value: Record<string, unknown>) => new TextEncoder().encode(write(value));
  return {
    name: "values",
    bytes: encode(value),
    rewrite(random: RandomStream): Uint8Array {
      const changed = structuredClone(value);
      mutateValue(changed, random);
      return encode(changed);
    },
  };
}

const result: FuzzParser = {
  name: "result/resealed",
  isChecked: false,
  async open() {
    const path = join(projectFolder, "reports", "testdata", "result.json");
    const stored = JSON.parse(await Deno.readTextFile(path));
    const cells = stored.cells.slice(0, 12);
    const text = formatResult({ ...stored, cells, curves: stored.curves.slice(0, 2) });
    const { checksum: _checksum, ...value } = JSON.parse(text);
    return {
      seeds: [
        jsonSeed(value, (content) => JSON.stringify({ ...content, checksum: hashJson(content) })),
      ],
      parse(bytes) {
        const read = parseResult(new TextDecoder().decode(bytes), "result.json");
        renderTextTable(read, { width: 120 });
        return read;
      },
    };
  },
};

const manifest: FuzzParser = {
  name: "manifest/resealed",
  isChecked: false,
  open: (folder) =>
    Promise.resolve({
      seeds: [jsonSeed(manifestValue, formatCheckedJson)],
      async parse(bytes) {
        await overwrite(join(folder, "manifest.json"), bytes);
        return await readManifest(folder);
      },
    }),
};

const bench: FuzzParser = {
  name: "bench/resealed",
  isChecked: false,
  open: () =>
    Promise.resolve({
      seeds: [jsonSeed({ ...speedValue }, formatCheckedJson)],
      parse: (bytes) => parseSpeedFile(new TextDecoder().decode(bytes), "bench.json"),
    }),
};

const evidence: FuzzParser = {
  name: "evidence/resealed",
  isChecked: false,
  open() {
    const table = { sample: Uint32Array.of(0, 1), columns: { hit: Float32Array.of(1, 0) } };
    const split = { sampleIds: ["a/1", "b/2"], tables: { images: table } };
    const bytes = encodeSplitEvidence({ val: split, ood: split });
    const length = new DataView(bytes.buffer).getUint32(8, true);
    return Promise.resolve({
      seeds: [{ name: "evidence", bytes, header: [12, 12 + length] as const }],
      parse(bytes) {
        const end = Math.max(0, bytes.length - 32);
        const sealed = Uint8Array.from([
          ...bytes.subarray(0, end),
          ...Uint8Array.fromHex(sha256(bytes.subarray(0, end))),
        ]);
        return decodeSplitEvidence(sealed, "evidence.bin");
      },
    });
  },
};

const student: FuzzParser = {
  name: "student/resealed",
  isChecked: false,
  open() {
    const { weights, metadata } = sampleStudent();
    const strings = encodeStudentMetadata(metadata);
    return Promise.resolve({
      seeds: [{
        name: "metadata",
        bytes: encodeStudentFile(weights, metadata),
        rewrite(random) {
          const changed = { ...strings };
          mutateValue(changed, random);
          return encodeStudentFile(weights, metadata, changed);
        },
      }],
      parse(bytes) {
        const file = decodeStudentFile(bytes, "student.safetensors");
        if (!file.isVerified) throw new DataError("it is not verified");
        const { sha256: _sha256, architecture: _architecture, backbone: _backbone, ...rest } = file;
        return rest;
      },
    });
  },
};

/** Parsers of files whose checksum was made again. */
export const resealedParsers: readonly FuzzParser[] = [result, manifest, bench, evidence, student];
