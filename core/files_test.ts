import assert from "node:assert/strict";
import { DataError } from "./errors.ts";
import { packageFile } from "./files.ts";

Deno.test("packageFile finds what ships with the package", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(packageFile("deno.json")));
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.ok((await Deno.stat(packageFile("benchmarks/tables"))).isDirectory);
});

Deno.test("packageFile says what to do where the package was loaded from the network", () => {
  const base = new URL("https://example.org/lgd-bench/0.1.0/");
  assert.throws(() => packageFile("data/emoji/concepts.json", base), (error) => {
    assert.ok(error instanceof DataError);
    assert.match(error.message, /data\/emoji\/concepts\.json.*expected the package on disk/);
    assert.match(error.message, /got https:\/\/example\.org\/lgd-bench\/0\.1\.0\/\. Download/);
    return true;
  });
});
