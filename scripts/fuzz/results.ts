/**
 * Parsers of what a run writes: results, evidence, manifest, journal, store, bench.
 *
 * @module
 */

import { join } from "node:path";
import { formatCheckedJson, parseOwnJson } from "../../core/checked_json.ts";
import { DataError } from "../../core/errors.ts";
import { projectFolder } from "../../core/files.ts";
import { decodeSplitEvidence, encodeSplitEvidence } from "../../core/results/evidence_file.ts";
import { formatResult, parseResult } from "../../core/results/result_schema.ts";
import { formatSpeedFile, parseSpeedFile } from "../../core/results/speed_result.ts";
import { appendJsonLines, readJsonLines } from "../../core/store/json_lines.ts";
import { readManifest } from "../../core/store/run_folder.ts";
import { Store } from "../../core/store/store.ts";
import { manifestValue, speedValue } from "./samples.ts";
import { type FuzzParser, overwrite, textSeed } from "./parser.ts";

const result: FuzzParser = {
  name: "result",
  isChecked: true,
  async open() {
    const path = join(projectFolder, "reports", "testdata", "result.json");
    const value = JSON.parse(await Deno.readTextFile(path));
    // A few cells are enough: the file is parsed thousands of times.
    const cells = value.cells.slice(0, 12);
    const text = formatResult({ ...value, cells, curves: value.curves.slice(0, 2) });
    return {
      seeds: [textSeed("result", text)],
      parse: (bytes) => parseResult(new TextDecoder().decode(bytes), "result.json"),
    };
  },
};

const evidence: FuzzParser = {
  name: "evidence",
  isChecked: true,
  open() {
    const table = { sample: Uint32Array.of(0, 1), columns: { hit: Float32Array.of(1, 0) } };
    const split = { sampleIds: ["a/1", "b/2"], tables: { images: table } };
    const bytes = encodeSplitEvidence({ val: split, ood: split });
    const length = new DataView(bytes.buffer).getUint32(8, true);
    return Promise.resolve({
      seeds: [{ name: "evidence", bytes, header: [12, 12 + length] as const }],
      parse: (bytes) => decodeSplitEvidence(bytes, "evidence.bin"),
    });
  },
};

const manifest: FuzzParser = {
  name: "manifest",
  isChecked: true,
  open(folder) {
    const text = formatCheckedJson(manifestValue);
    return Promise.resolve({
      seeds: [textSeed("manifest", text)],
      async parse(bytes) {
        await overwrite(join(folder, "manifest.json"), bytes);
        return await readManifest(folder);
      },
    });
  },
};

const journal: FuzzParser = {
  name: "journal",
  isChecked: true,
  async open(folder) {
    const path = join(folder, "journal.jsonl");
    const lines = Array.from({ length: 6 }, (_, index) => ({ type: "session", elapsed: index }));
    await appendJsonLines(path, lines, { checked: true, sync: false });
    return {
      seeds: [textSeed("journal", await Deno.readFile(path))],
      async parse(bytes) {
        await overwrite(path, bytes);
        const { values, damagedLines } = await readJsonLines(path, { checked: true });
        if (damagedLines.length > 0) throw new DataError(`lines ${damagedLines} are damaged`);
        // A journal that ends early is what a killed process leaves: its lines must be the first.
        const isStart = values.every((value, index) =>
          JSON.stringify(value) === JSON.stringify(lines[index])
        );
        return isStart ? lines : values;
      },
    };
  },
};

const storeEntry: FuzzParser = {
  name: "store entry",
  isChecked: true,
  async open(folder) {
    const told: string[] = [];
    const store = await Store.open(folder, { onDamaged: (message) => told.push(message) });
    const key = "a".repeat(64);
    const student = new Uint8Array(40).fill(7);
    const entry = await store.put("model", key, {
      info: { label: "a model", list: [1, 2] },
      files: { "student.bin": student },
    });
    const head = await Deno.readFile(join(entry.folder, "entry.json"));
    return {
      seeds: [textSeed("entry.json", head), { name: "student.bin", bytes: student }],
      async parse(bytes, { name }) {
        await Deno.remove(join(folder, "damaged"), { recursive: true }).catch(() => {});
        await Deno.mkdir(entry.folder, { recursive: true });
        await overwrite(join(entry.folder, "entry.json"), name === "entry.json" ? bytes : head);
        await overwrite(
          join(entry.folder, "student.bin"),
          name === "student.bin" ? bytes : student,
        );
        told.length = 0;
        const found = await store.find("model", key, { load: ["student.bin"] });
        if (found !== undefined) return { ...found, folder: "", files: {} };
        if (told.length !== 1) throw new Error("a damaged entry was not told of");
        throw new DataError(told[0]!);
      },
    };
  },
};

const storeMark: FuzzParser = {
  name: "store.json",
  // Nothing in it but a version.
  isChecked: false,
  async open(folder) {
    const path = join(folder, "store.json");
    const store = await Store.open(folder);
    await store.put("model", "b".repeat(64), { info: {}, files: {} });
    return {
      seeds: [textSeed("store.json", await Deno.readFile(path))],
      async parse(bytes) {
        await overwrite(path, bytes);
        const again = await Store.open(folder);
        return { found: (await again.find("model", "b".repeat(64)))?.key };
      },
    };
  },
};

const bench: FuzzParser = {
  name: "bench",
  isChecked: true,
  open() {
    const text = formatSpeedFile(speedValue);
    return Promise.resolve({
      seeds: [textSeed("bench", text)],
      parse: (bytes) => parseSpeedFile(new TextDecoder().decode(bytes), "bench.json"),
    });
  },
};

const ownAlgorithms: FuzzParser = {
  name: "algorithms/own",
  isChecked: true,
  open() {
    const text = formatCheckedJson({ "convolution: x 1": "taps", "weight gradient: x": "rows" });
    return Promise.resolve({
      seeds: [textSeed("table", text)],
      parse: (bytes) => parseOwnJson(new TextDecoder().decode(bytes), "algorithms.json"),
    });
  },
};

/** Parsers of what a run writes. */
export const resultParsers: readonly FuzzParser[] = [
  result,
  evidence,
  manifest,
  journal,
  storeEntry,
  storeMark,
  bench,
  ownAlgorithms,
];
