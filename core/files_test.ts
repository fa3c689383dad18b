import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError, WriteError } from "./errors.ts";
import {
  explainWriteError,
  packageFile,
  readFileIfPresent,
  readTextIfPresent,
  writeFileAtomic,
} from "./files.ts";
import { checksumPath, formatChecksum, readShippedFile } from "./shipped_file.ts";

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

Deno.test("readFileIfPresent names the path, what is wrong with it and, in the cache, the variable", async () => {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "file");
  const refuses = (path: string, reason: RegExp) =>
    assert.rejects(readFileIfPresent(path), (error) => {
      assert.ok(error instanceof DataError);
      assert.ok(error.message.startsWith(`Cannot read ${path}: `), error.message);
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /os error/);
      return true;
    });
  const before = Deno.env.get("LGD_BENCH_CACHE");
  try {
    await Deno.writeTextFile(file, "");
    await refuses(folder, /it is a folder, expected a file$/);
    await refuses(join(file, "a"), /a part of its path is a file, expected a folder$/);
    assert.equal(await readFileIfPresent(join(folder, "none")), undefined);
    if (Deno.build.os !== "windows") {
      // It would be read until there is no memory left.
      await refuses("/dev/zero", /it is a device, a pipe or a socket, expected a file$/);
      await assert.rejects(readTextIfPresent("/dev/zero"), DataError);
    }
    // The variable names a file.
    Deno.env.set("LGD_BENCH_CACHE", file);
    await refuses(join(file, "views", "a.bin"), /is a file.*LGD_BENCH_CACHE \(.*file\) says where/);
    await assert.rejects(
      writeFileAtomic(join(file, "views", "a.bin"), ""),
      (error) => error instanceof WriteError && /LGD_BENCH_CACHE \(.*file\)/.test(error.message),
    );
    // An entry is a folder.
    Deno.env.set("LGD_BENCH_CACHE", folder);
    await Deno.mkdir(join(folder, "icons", "a.bin"), { recursive: true });
    await refuses(join(folder, "icons", "a.bin"), /it is a folder.*LGD_BENCH_CACHE/);
  } finally {
    if (before === undefined) Deno.env.delete("LGD_BENCH_CACHE");
    else Deno.env.set("LGD_BENCH_CACHE", before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readShippedFile refuses what does not match its checksum", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "a.bin");
  const content = new TextEncoder().encode("content");
  try {
    await assert.rejects(readShippedFile(path), /the file is missing/);
    await Deno.writeFile(path, content);
    await assert.rejects(readShippedFile(path), /a\.bin\.sha256: the file is missing/);
    assert.deepEqual(await readShippedFile(path, { optional: true }), content);
    await Deno.writeTextFile(checksumPath(path), formatChecksum(content, "a.bin"));
    assert.deepEqual(await readShippedFile(path), content);
    content[3]! ^= 1;
    await Deno.writeFile(path, content);
    await assert.rejects(
      readShippedFile(path, { optional: true }),
      (error) =>
        error instanceof DataError && /does not match .*a\.bin\.sha256/.test(error.message),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("explainWriteError names the way out that fits what the system says", () => {
  const told = (reason: string) => explainWriteError("a.bin", new Error(reason), "use b").message;
  assert.match(
    told("No space left on device (os error 28)"),
    /a\.bin: .*\. Free some space, or use b$/,
  );
  assert.match(told("Too many open files (os error 24)"), /Allow more open files with ulimit -n$/);
  assert.match(told("Read-only file system (os error 30)"), /30\)\. Use b$/);
});
