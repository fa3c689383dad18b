import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError, WriteError } from "../errors.ts";
import { describeStore, formatBytes } from "./describe_store.ts";
import { link } from "./link.ts";
import { Store } from "./store.ts";
import { keyOf, listFiles, withStore } from "./testdata/test_store.ts";

const content = {
  info: { label: "lgd resnet18 seed 0", curve: { steps: [0, 1], loss: [0.5, 0.25] } },
  files: { "student.safetensors": new Uint8Array(3000).map((_, i) => i), "notes.txt": "grün\n" },
};

Deno.test("Store finds what was put, with the bytes that are asked for", () =>
  withStore(async ({ store, told }) => {
    const key = keyOf(1);
    assert.equal(await store.find("model", key), undefined);
    assert.equal(store.peek("model", key), undefined);
    const put = await store.put("model", key, content);
    const found = await store.find("model", key);
    assert.deepEqual(found, put);
    assert.deepEqual(found!.info, content.info);
    assert.deepEqual(found!.contents, {});
    assert.equal(found!.files["notes.txt"]!.bytes, 6);
    assert.equal(found!.folder, join(store.folder, "models", key.slice(0, 2), key));
    const loaded = await store.find("model", key, { load: ["student.safetensors", "none"] });
    assert.deepEqual(loaded!.contents, {
      "student.safetensors": content.files["student.safetensors"],
    });
    assert.equal(await store.find("outcome", key), undefined);
    const peeked = store.peek("model", key)!;
    assert.deepEqual([peeked.bytes, peeked.fileNames.length, peeked.info], [
      3006,
      2,
      content.info,
    ]);
    assert.deepEqual(await listFiles(store.folder), [
      ...["entry.json", "notes.txt", "student.safetensors"].map((name) =>
        `models/${key.slice(0, 2)}/${key}/${name}`
      ),
      "store.json",
    ]);
    assert.deepEqual(told, []);
  }));

Deno.test("Store keeps the first of two entries of one key, also when both come at once", () =>
  withStore(async ({ store }) => {
    const puts = await Promise.all(
      ["a", "b", "c", "d"].map((text) =>
        store.put("outcome", keyOf(2), { info: {}, files: { "evidence.bin": text } })
      ),
    );
    const found = await store.find("outcome", keyOf(2));
    for (const put of puts) assert.deepEqual(put.files, found!.files);
    const later = await store.put("outcome", keyOf(2), { info: { x: 1 }, files: {} });
    assert.deepEqual(later.files, found!.files);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(store.folder, "temporary"))), []);
  }));

Deno.test("Store keeps a work folder until its entry is put", () =>
  withStore(async ({ store }) => {
    const path = await store.workFolder("model", keyOf(3));
    await Deno.writeTextFile(join(path, "checkpoint.bin"), "half");
    assert.equal(await store.workFolder("model", keyOf(3)), path);
    assert.equal(await Deno.readTextFile(join(path, "checkpoint.bin")), "half");
    await store.put("model", keyOf(3), content);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  }));

Deno.test("Store refuses keys, kinds and names that are not such, and info that is not JSON", () =>
  withStore(async ({ store }) => {
    for (const key of ["", "ab", "A".repeat(64), `../${"a".repeat(61)}`, "a".repeat(65)]) {
      await assert.rejects(store.find("model", key), /expected 64 hex digits/);
      await assert.rejects(store.claim("model", key), /expected 64 hex digits/);
    }
    await assert.rejects(store.find("models" as "model", keyOf(0)), /expected a kind/);
    const names = ["../x", "a/b", ".hidden", "", "entry.json", "Entry.JSON", "a\\b", "ä"];
    for (const name of names) {
      const put = store.put("model", keyOf(0), { info: {}, files: { [name]: "" } });
      await assert.rejects(put, /cannot be the name of a file/);
    }
    await assert.rejects(
      store.put("model", keyOf(0), { info: {}, files: { a: "", A: "" } }),
      /two files are named A/,
    );
    await assert.rejects(
      store.put("model", keyOf(0), { info: { loss: NaN }, files: {} }),
      /loss is NaN/,
    );
    assert.equal(await store.find("model", keyOf(0)), undefined);
  }));

Deno.test("Store.open refuses folders of something else, and stores of another version", () =>
  withStore(async ({ folder }) => {
    const other = join(folder, "other");
    await Deno.mkdir(other);
    assert.ok(await Store.open(other));
    await Deno.writeTextFile(join(other, "thesis.tex"), "");
    await assert.rejects(
      Store.open(other),
      (error) => error instanceof ConfigError && /"thesis.tex".*--store/s.test(error.message),
    );
    await Deno.remove(join(other, "thesis.tex"));
    await Deno.writeTextFile(join(other, "store.json"), '{"schemaVersion": 2}');
    await assert.rejects(Store.open(other), /expected version 1, got 2/);
    await Deno.writeTextFile(join(other, "store.json"), '{"schema');
    await assert.rejects(Store.open(other), /store.json is damaged. Remove this one file/);
    await assert.rejects(Store.open(join(other, "store.json")), DataError);
  }));

Deno.test("Store tells the path and the way out where it cannot write, and leaves nothing", () =>
  withStore(async ({ store, folder }) => {
    await store.put("model", keyOf(4), content);
    await Deno.writeTextFile(join(store.folder, "outcomes"), "a file where a folder should be");
    const refused = (error: unknown) =>
      error instanceof WriteError && error.message.includes("outcomes") &&
      error.message.includes("--store") && error.exitCode === 3;
    await assert.rejects(store.put("outcome", keyOf(4), content), refused);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(store.folder, "temporary"))), []);
    await Deno.writeTextFile(join(folder, "file"), "");
    await assert.rejects(Store.open(join(folder, "file", "store")), DataError);
    await Deno.remove(join(store.folder, "work"), { recursive: true }).catch(() => {});
    await Deno.writeTextFile(join(store.folder, "work"), "a file where a folder should be");
    await assert.rejects(
      store.workFolder("model", keyOf(5)),
      (error) => error instanceof WriteError && /work.*--store/.test(error.message),
    );
    // The whole store became a file: whoever claims or holds an entry is told at once.
    await Deno.remove(store.folder, { recursive: true });
    await Deno.writeTextFile(store.folder, "");
    const key = keyOf(4);
    const told = (error: unknown) =>
      (error instanceof WriteError || error instanceof DataError) &&
      error.message.includes("--store");
    for (
      const claim of [
        () => store.claim("model", key),
        () => store.hold("model", key),
        () => store.holdAll([["model", key]]),
        () => store.workFolder("model", key),
      ]
    ) await assert.rejects(claim(), told);
  }));

Deno.test("link makes hard links, again over an older file, and names a file that is not there", () =>
  withStore(async ({ store, folder }) => {
    const entry = await store.put("model", keyOf(5), content);
    const target = join(folder, "run", "models", "a.safetensors");
    await Deno.mkdir(join(folder, "run", "models"), { recursive: true });
    await Deno.writeTextFile(target, "older");
    for (let time = 0; time < 2; time++) {
      assert.equal(await link(entry, "student.safetensors", target), "link");
      assert.deepEqual(await Deno.readFile(target), content.files["student.safetensors"]);
    }
    assert.equal((await Deno.stat(target)).nlink, 2);
    assert.deepEqual(await listFiles(join(folder, "run")), ["models/a.safetensors"]);
    await assert.rejects(link(entry, "teacher", target), /expected a file "teacher", got student/);
    await store.prune({ dryRun: false, includeLinked: true });
    await assert.rejects(link(entry, "notes.txt", target), /was removed since it was found/);
    assert.deepEqual(await Deno.readFile(target), content.files["student.safetensors"]);
  }));

Deno.test("Store.list and describeStore tell what is there", () =>
  withStore(async ({ store, told }) => {
    assert.deepEqual(await Array.fromAsync(store.list()), []);
    for (let index = 0; index < 5; index++) {
      const kind = index < 2 ? "model" : "outcome";
      await store.put(kind, keyOf(index), { info: { label: `${index}` }, files: { a: "12345" } });
    }
    const listed = await Array.fromAsync(store.list());
    assert.deepEqual(listed.map(({ kind }) => kind), [
      "model",
      "model",
      "outcome",
      "outcome",
      "outcome",
    ]);
    assert.deepEqual(listed.map(({ info }) => info.label).sort(), ["0", "1", "2", "3", "4"]);
    assert.ok(listed.every(({ bytes, fileNames }) => bytes === 5 && fileNames[0] === "a"));
    const text = `${store.folder}: 2 models (10 B), 3 outcomes (15 B)`;
    assert.equal(await describeStore(store), text);
    assert.deepEqual(told, []);
    assert.deepEqual([999, 1000, 999_960, 3.2e9].map(formatBytes), [
      "999 B",
      "1.0 kB",
      "1.0 MB",
      "3.2 GB",
    ]);
  }));
