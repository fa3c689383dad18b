/** Locks and stores that somebody else has had hands on. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { TryAgainError, WriteError } from "../errors.ts";
import { tryClaim, waitForClaim } from "./claim.ts";
import { lockFolder } from "./lock.ts";
import { RunFolder, type RunIdentity } from "./run_folder.ts";
import { Store } from "./store.ts";
import { withSmallDisk } from "./testdata/small_disk.ts";
import { keyOf, withStore } from "./testdata/test_store.ts";

const identity: RunIdentity = {
  kind: "table",
  project: { name: "test", version: "0" },
  table: "small",
  size: "smoke",
  configHash: "0",
  config: {},
};

Deno.test("a lock file that is a folder, a link or a pipe is refused, and what is behind it stays", () =>
  withStore(async ({ store, folder }) => {
    const precious = join(folder, "thesis.txt");
    await Deno.writeTextFile(precious, "years of work");
    const locks = join(store.folder, "locks");
    await Deno.mkdir(locks, { recursive: true });
    const makers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
      "a folder": (path) => Deno.mkdir(path),
      "a link": (path) => Deno.symlink(precious, path),
      ...(Deno.build.os === "windows" ? {} : {
        "no regular file": (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
      }),
    };
    for (const [what, make] of Object.entries(makers)) {
      const claimed = join(locks, `model-${keyOf(0)}.lock`);
      const run = join(folder, `run of ${what}`);
      await Deno.mkdir(run);
      for (const path of [claimed, join(run, "lock.json")]) await make(path);
      const expected = (error: unknown) =>
        error instanceof WriteError && error.message.includes(`it is ${what}, expected the file`);
      await assert.rejects(store.claim("model", keyOf(0)), expected);
      await assert.rejects(lockFolder(run), expected);
      // A sweep and a look wait for nothing and change nothing there.
      await Store.open(store.folder);
      await store.prune({ dryRun: true });
      await Deno.remove(claimed);
    }
    assert.equal(await Deno.readTextFile(precious), "years of work");
  }));

Deno.test("the text in a lock's file holds nobody off, whichever living process it names", () =>
  withStore(async ({ store, folder }) => {
    // Numbers of processes are given again: another one may have that of a killed holder now.
    const text = JSON.stringify({ pid: Deno.pid, host: "here", startedAt: "2099-01-01" });
    const path = join(store.folder, "locks", `model-${keyOf(0)}.lock`);
    await Deno.mkdir(join(store.folder, "locks"), { recursive: true });
    await Deno.writeTextFile(path, text);
    await Deno.writeTextFile(join(folder, "lock.json"), text);
    (await store.claim("model", keyOf(0)))!.release();
    (await lockFolder(folder, { waitSeconds: 0 })).release();
  }));

Deno.test("a lock that is held for a moment by others is not waited for without end", () =>
  withStore(async ({ folder }) => {
    // As when the process that prunes was stopped.
    const path = join(folder, "holds.lock");
    using holder = await tryClaim(path);
    assert.ok(holder);
    await assert.rejects(
      waitForClaim(path, { waitSeconds: 0.1 }),
      (error) =>
        error instanceof TryAgainError && error.exitCode === 75 &&
        new RegExp(`holds.lock is locked by process ${Deno.pid} on .*stopped\\?`).test(
          error.message,
        ),
    );
  }));

Deno.test("a run whose lock file was removed by hand ends instead of writing beside another", () =>
  withStore(async ({ folder }) => {
    const path = join(folder, "run");
    const first = await RunFolder.open(path, { identity, environment: {} });
    await first.write("result.json", "first");
    await Deno.remove(join(path, "lock.json"));
    const second = await RunFolder.open(path, { identity, environment: {}, waitSeconds: 0 });
    await assert.rejects(first.write("result.json", "again"), /lock\.json was removed or replaced/);
    await assert.rejects(first.record([]), /run the command again/);
    await first.close();
    await second.write("result.json", "second");
    await assert.rejects(
      RunFolder.open(path, { identity, environment: {}, waitSeconds: 0 }),
      TryAgainError,
    );
    await second.close();
    assert.equal(await Deno.readTextFile(join(path, "result.json")), "second");
  }));

Deno.test("a read-only store is read; work on it is refused with the way out", () =>
  withSmallDisk(1, async ({ folder, remount }) => {
    const path = join(folder, "store");
    const store = await Store.open(path);
    await store.put("model", keyOf(0), { info: {}, files: { "a.txt": "hello" } });
    await remount("ro");
    try {
      const opened = await Store.open(path);
      using _all = await opened.holdAll([["model", keyOf(0)], ["model", keyOf(1)]]);
      using _one = await opened.hold("model", keyOf(0));
      assert.ok(await opened.find("model", keyOf(0), { load: ["a.txt"] }));
      assert.equal((await opened.verify()).entries, 1);
      const expected = (error: unknown) =>
        error instanceof WriteError && /Read-only file system.*--store/.test(error.message);
      await assert.rejects(opened.claim("model", keyOf(1)), expected);
      await assert.rejects(opened.put("model", keyOf(1), { info: {}, files: {} }), expected);
    } finally {
      await remount("rw");
    }
  }));
