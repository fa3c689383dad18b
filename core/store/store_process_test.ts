import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder, sha256 } from "../files.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { Store } from "./store.ts";
import { keyOf, listFiles, withStore } from "./testdata/test_store.ts";

const script = join(import.meta.dirname!, "testdata", "store_process.ts");

/** Starts a process that works on a store. */
function start(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", "-A", script, ...args],
    cwd: projectFolder,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Waits until a process says something; the rest of what it says is thrown away. */
async function firstLine(process: Deno.ChildProcess): Promise<string> {
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  void (async () => {
    while (!(await reader.read()).done);
  })();
  return (value ?? "").trim();
}

Deno.test("a writer that is killed at any moment leaves each entry whole or not at all", () =>
  withStore(async ({ store, told }) => {
    const kills = 20;
    let next = 0;
    let whole = 0;
    let torn = 0;
    for (let kill = 0; kill < kills; kill++) {
      const process = start("put", store.folder, String(next), "400");
      assert.equal(await firstLine(process), "ready");
      // Spread over the first writes; a process that is fast enough is killed in the middle of one.
      await new Promise((resolve) => setTimeout(resolve, kill * 2.3 % 41));
      process.kill("SIGKILL");
      await process.status;
      const report = await store.verify();
      assert.deepEqual(report.damaged, [], `after kill ${kill}`);
      for (;; next++) {
        const found = await store.find("model", keyOf(next), { load: ["a.bin", "b.txt"] });
        if (found === undefined) break;
        whole++;
        const text = new TextDecoder().decode(found.contents["b.txt"]);
        assert.equal(text, sha256(found.contents["a.bin"]!));
      }
      torn += (await sweepLeftovers(store.folder)).length;
    }
    assert.deepEqual(told, []);
    assert.equal(await Array.fromAsync(store.list()).then((list) => list.length), whole);
    assert.ok(whole > 0 && torn > 0, `${whole} whole, ${torn} torn`);
    assert.deepEqual(
      (await listFiles(store.folder)).filter((path) => /^(temporary|locks|work)/.test(path)),
      [],
    );
  }));

Deno.test("processes that want the same entries make each once and lose none", () =>
  withStore(async ({ store }) => {
    const count = 40;
    const processes = ["a", "b"].map(() => start("compete", store.folder, String(count)));
    const outputs = await Promise.all(processes.map((process) => process.output()));
    const made = outputs.map(({ code, stdout }) => {
      assert.equal(code, 0);
      return Number(new TextDecoder().decode(stdout));
    });
    assert.equal(made[0]! + made[1]!, count, `made ${made}`);
    const report = await store.verify();
    assert.deepEqual([report.entries, report.damaged, report.leftovers], [count, [], []]);
  }));

Deno.test("processes that put the same entries at once both end well, and each entry is whole", () =>
  withStore(async ({ store }) => {
    const count = 20;
    const processes = ["a", "b"].map(() => start("put", store.folder, "0", String(count)));
    const outputs = await Promise.all(processes.map((process) => process.output()));
    assert.deepEqual(outputs.map(({ code }) => code), [0, 0]);
    const report = await store.verify();
    assert.deepEqual([report.entries, report.damaged, report.leftovers], [count, [], []]);
    assert.deepEqual([...Deno.readDirSync(join(store.folder, "temporary"))], []);
  }));

Deno.test("a claim ends with its process, and tells who has it until then", () =>
  withStore(async ({ store }) => {
    await store.put("model", keyOf(0), { info: {}, files: {} });
    const process = start("hold", store.folder, "alone");
    assert.equal(await firstLine(process), "ready");
    assert.equal(await store.claim("model", keyOf(0)), undefined);
    assert.match(
      await store.describeHolder("model", keyOf(0)),
      new RegExp(`^process ${process.pid} on .+, since 20`),
    );
    for (const dryRun of [true, false]) {
      const { removed, kept } = await store.prune({ dryRun });
      assert.deepEqual([removed, kept.claimed], [[], 1]);
    }
    process.kill("SIGKILL");
    await process.status;
    const claim = await store.claim("model", keyOf(0));
    assert.ok(claim);
    claim.release();
    assert.equal((await store.prune({ dryRun: false })).removed.length, 1);
  }));

Deno.test("an entry that other processes hold is not pruned", () =>
  withStore(async ({ store }) => {
    await store.put("model", keyOf(0), { info: {}, files: {} });
    const process = start("hold", store.folder, "shared");
    assert.equal(await firstLine(process), "ready");
    const own = await store.hold("model", keyOf(0));
    own.release();
    assert.equal((await store.prune({ dryRun: false })).kept.claimed, 1);
    process.kill("SIGKILL");
    await process.status;
    assert.equal((await store.prune({ dryRun: false })).removed.length, 1);
    assert.ok(await Store.open(store.folder));
  }));

Deno.test("a full disk and a missing permission are told with the way out, and leave nothing", () =>
  withStore(async ({ store }) => {
    await store.put("model", keyOf(0), { info: {}, files: {} });
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const command = ["run", "--no-check", "--no-prompt"];
    const denied = await new Deno.Command(Deno.execPath(), {
      args: [
        ...command,
        "--allow-read",
        "--allow-env",
        "--allow-sys",
        script,
        "put",
        store.folder,
        "0",
        "2",
      ],
      cwd: projectFolder,
    }).output();
    // The first entry is there already, but putting it is a write all the same.
    assert.equal(denied.code, 1);
    assert.match(
      decode(denied.stderr),
      /WriteError: Cannot write .*may not write there\. Name ano/,
    );

    if (Deno.build.os === "windows") return;
    // No file may be longer than 100 blocks of 512 bytes: as on a full disk, a write stops halfway.
    const full = await new Deno.Command("sh", {
      args: [
        "-c",
        `trap '' XFSZ; ulimit -f 100; exec "$0" "$@"`,
        Deno.execPath(),
        ...command,
        "-A",
        script,
        "put",
        store.folder,
        "1",
        "1",
      ],
      cwd: projectFolder,
    }).output();
    assert.equal(full.code, 1);
    assert.match(decode(full.stderr), /WriteError: Cannot write .*models.*too large.*--store/);
    const report = await store.verify();
    assert.deepEqual([report.entries, report.damaged], [1, []]);
    assert.deepEqual([...Deno.readDirSync(join(store.folder, "temporary"))], []);
  }));
