import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { projectFolder } from "../core/files.ts";
import { userPath } from "../core/paths.ts";
import { Store } from "../core/store/store.ts";
import { formatAge, storePath } from "./store_command.ts";
import { runCommand } from "../core/testdata/run_command.ts";

const run = (...args: string[]) => runCommand(["store", ...args]);

const key = (digit: string) => digit.repeat(64);

Deno.test("store list, verify and prune tell what is there, find damage and free space", async () => {
  const parent = await Deno.makeTempDir();
  const folder = join(parent, "store");
  const at = ["--store", folder];
  try {
    assert.equal((await run("list", ...at)).code, 3);
    const store = await Store.open(folder);
    const files = { "student.safetensors": new Uint8Array(2_500_000) };
    const info = { label: "lgd resnet18\u001b[31m seed 0" };
    const { folder: entry } = await store.put("model", key("a"), { info, files });
    await store.put("outcome", key("b"), { info: {}, files: {} });

    const listed = await run("list", ...at);
    assert.equal(listed.code, 0, listed.errors);
    assert.match(listed.output, /^kind +key +what +size +age\n/);
    assert.match(listed.output, /\nmodel +a{12} +lgd resnet18�\[31m seed 0 +2\.5 MB +0 min\n/);
    assert.match(listed.output, /1 model \(2\.5 MB\), 1 outcome \(0 B\)\n$/);
    const json = JSON.parse((await run("list", "--json", ...at)).output);
    assert.deepEqual(json.map(({ key }: { key: string }) => key), [key("a"), key("b")]);

    assert.match((await run("prune", ...at)).output, /^Nothing to remove\.\n$/);
    const args = ["prune", ...at, "--older-than", "0", "--keep", "bbbbbb"];
    const planned = await run(...args);
    assert.match(planned.output, /Kept: 1 named by --keep\./);
    assert.match(planned.output, /Would remove 1 item, 2\.5 MB\. Nothing was removed: add --yes/);
    assert.equal((await run("verify", ...at)).code, 0);

    await Deno.remove(join(entry, "student.safetensors"));
    const damaged = await run("verify", ...at);
    assert.equal(damaged.code, 3);
    assert.match(damaged.errors, /student\.safetensors is missing/);
    assert.match(damaged.output, /1 entry whole \(0 B\), 1 damaged, 0 leftovers\./);
    assert.equal(await store.find("model", key("a")), undefined);
    const removed = await run("prune", ...at, "--older-than", "0", "--yes", "--json");
    assert.equal(removed.code, 0, removed.errors);
    assert.equal(JSON.parse(removed.output).removed.length, 2);
    assert.deepEqual(await Array.fromAsync(store.list()), []);

    assert.equal((await run("prune", "--older-than", "x")).code, 2);
    assert.equal((await run("prune", "--kinds", "models")).code, 2);
    const foreign = await run("list", "--store", parent);
    assert.equal(foreign.code, 2);
    assert.match(foreign.errors, /is not a store: it holds "store"/);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("store verify names the project's store by an absolute path", async () => {
  const { output, errors } = await run("list", "--json", "--store", "runs/nowhere-at-all");
  assert.equal(output, "");
  assert(errors.includes(resolve("runs/nowhere-at-all")), errors);
  assert.equal(storePath(undefined), join(projectFolder, "runs", "store"));
  assert.equal(storePath("a"), userPath("a"));
});

Deno.test("formatAge tells the largest unit", () => {
  const now = Date.parse("2026-01-31T00:00:00Z");
  assert.equal(formatAge("2026-01-30T23:48:00Z", now), "12 min");
  assert.equal(formatAge("2026-01-30T19:00:00Z", now), "5 h");
  assert.equal(formatAge("2026-01-01T00:00:00Z", now), "30 d");
  assert.equal(formatAge("2026-02-01T00:00:00Z", now), "0 min");
});
