import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import { sweepTemporaryFiles } from "./leftovers.ts";
import { link } from "./link.ts";
import { Store } from "./store.ts";
import { keyOf, withStore } from "./testdata/test_store.ts";

const content = { info: { label: "a model" }, files: { "a.bin": new Uint8Array(1000) } };

/** Makes a path look as if it was last used so many days ago. */
async function age(path: string, days: number): Promise<void> {
  const then = new Date(Date.now() - days * 86_400_000);
  await Deno.utime(path, then, then);
}

Deno.test("Store.prune says what it would remove, then removes it, and says the bytes", () =>
  withStore(async ({ store }) => {
    for (let index = 0; index < 3; index++) await store.put("model", keyOf(index), content);
    await store.put("outcome", keyOf(9), { info: {}, files: {} });
    const planned = await store.prune({ kinds: ["model"], keepKeys: [keyOf(1)] });
    assert.equal(planned.removed.length, 2);
    assert.ok(planned.bytes > 2000 && planned.bytes < 4000);
    assert.deepEqual(planned.kept, { claimed: 0, linked: 0, named: 1 });
    assert.ok(planned.removed.every(({ kind, label }) => kind === "model" && label === "a model"));
    assert.ok(await store.find("model", keyOf(0)));
    const done = await store.prune({ kinds: ["model"], keepKeys: [keyOf(1)], dryRun: false });
    assert.deepEqual(done, planned);
    assert.equal(await store.find("model", keyOf(0)), undefined);
    assert.ok(await store.find("model", keyOf(1)));
    assert.ok(await store.find("outcome", keyOf(9)));
    const report = await store.verify();
    assert.deepEqual([report.entries, report.damaged, report.leftovers], [2, [], []]);
    await assert.rejects(store.prune({ olderThanDays: -1 }), RangeError);
    await assert.rejects(store.prune({ olderThanDays: NaN }), RangeError);
  }));

Deno.test("Store.prune knows the key of what was set aside as damaged", () =>
  withStore(async ({ store }) => {
    const name = `model-${keyOf(0)}.0123abcd`;
    await Deno.mkdir(join(store.folder, "damaged", name), { recursive: true });
    const kept = await store.prune({ kinds: ["damaged"], keepKeys: [keyOf(0)], dryRun: false });
    assert.deepEqual([kept.removed.length, kept.kept.named], [0, 1]);
    const removed = await store.prune({ kinds: ["damaged"], dryRun: false });
    assert.deepEqual(removed.removed.map(({ key }) => key), [keyOf(0)]);
  }));

Deno.test("Store.prune keeps what was used of late: finding an entry counts", () =>
  withStore(async ({ store }) => {
    for (let index = 0; index < 3; index++) {
      const { folder } = await store.put("model", keyOf(index), content);
      await age(join(folder, "entry.json"), 40);
    }
    await store.find("model", keyOf(1));
    const { removed } = await store.prune({ olderThanDays: 30, dryRun: false });
    assert.deepEqual(removed.map(({ key }) => key).sort(), [keyOf(0), keyOf(2)].sort());
    assert.ok(await store.find("model", keyOf(1)));
  }));

Deno.test("Store.prune keeps what is claimed and what a run folder links to", () =>
  withStore(async ({ store, folder }) => {
    const linked = await store.put("model", keyOf(0), content);
    await store.put("model", keyOf(1), content);
    await store.put("outcome", keyOf(2), { info: {}, files: { "e.bin": "1" } });
    const target = join(folder, "run", "a.bin");
    await link(linked, "a.bin", target);
    const claim = await store.claim("model", keyOf(1));
    const held = await store.hold("outcome", keyOf(2));
    for (const dryRun of [true, false]) {
      const { removed, kept, bytes } = await store.prune({ dryRun });
      assert.deepEqual([removed, kept, bytes], [[], { claimed: 2, linked: 1, named: 0 }, 0]);
    }
    claim!.release();
    held.release();
    assert.equal((await store.prune({ dryRun: false })).removed.length, 2);
    const { removed, bytes } = await store.prune({ dryRun: false, includeLinked: true });
    assert.equal(removed.length, 1);
    // The link keeps the file; only entry.json is freed.
    assert.ok(bytes < 1000);
    assert.equal((await Deno.readFile(target)).length, 1000);
  }));

Deno.test("Store.prune keeps what Store.holdAll names, also what comes to be later", () =>
  withStore(async ({ store }) => {
    await store.put("model", keyOf(0), content);
    const held = await store.holdAll([["model", keyOf(0)], ["outcome", keyOf(0)]]);
    await store.put("outcome", keyOf(0), { info: {}, files: {} });
    await store.put("model", keyOf(1), content);
    // A list of a process that was killed holds nothing.
    const dead = join(store.folder, "locks", `${crypto.randomUUID()}.keys`);
    await Deno.writeTextFile(dead, `model-${keyOf(1)}\n`);
    for (const dryRun of [true, false]) {
      const { removed, kept } = await store.prune({ dryRun });
      assert.deepEqual(removed.map(({ key }) => key), [keyOf(1)]);
      assert.equal(kept.claimed, 2);
    }
    held.release();
    held.release();
    assert.equal((await store.prune({ dryRun: false })).removed.length, 2);
  }));

Deno.test("Store.prune removes work folders only when asked, and never of claimed work", () =>
  withStore(async ({ store }) => {
    const path = await store.workFolder("model", keyOf(0));
    await Deno.writeTextFile(join(path, "checkpoint.bin"), "12345");
    assert.equal((await store.prune({ dryRun: false })).removed.length, 0);
    const claim = await store.claim("model", keyOf(0));
    assert.equal((await store.prune({ dryRun: false, kinds: ["work"] })).kept.claimed, 1);
    claim!.release();
    const { removed } = await store.prune({ dryRun: false, kinds: ["work"] });
    assert.deepEqual([removed[0]!.label, removed[0]!.bytes], ["unfinished model", 5]);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  }));

Deno.test("what killed writes left is swept, and never what somebody has locked, whatever its age", () =>
  withStore(async ({ store, folder }) => {
    await store.put("model", keyOf(0), content);
    const temporary = join(store.folder, "temporary");
    const locks = join(store.folder, "locks");
    // The clock may have been moved in the meantime, forwards or backwards.
    const ages = { old: 1 / 24, young: 0, future: -400, open: 1 / 24 };
    for (const [name, days] of Object.entries(ages)) {
      await Deno.mkdir(join(temporary, name), { recursive: true });
      await Deno.writeTextFile(join(temporary, name, "a.bin"), "half");
      await age(join(temporary, name), days);
    }
    using file = await Deno.open(join(temporary, "open"), { read: true });
    assert.ok(await file.tryLock(true));
    await Deno.mkdir(locks, { recursive: true });
    const names = [`model-${keyOf(0)}.lock`, `model-${keyOf(0)}.held`, "list.keys", "holds.lock"];
    for (const name of names) await Deno.writeTextFile(join(locks, name), "{}");
    const { leftovers } = await store.verify();
    assert.deepEqual(
      leftovers.map(({ path }) => path).sort(),
      ["future", "old", "young"].map((name) => join(temporary, name)),
    );
    using held = await store.hold("model", keyOf(0));
    using list = await store.holdAll([["model", keyOf(0)]]);
    await Store.open(store.folder);
    assert.deepEqual([...Deno.readDirSync(temporary)].map(({ name }) => name), ["open"]);
    const left = [...Deno.readDirSync(locks)].map(({ name }) => name).sort();
    assert.equal(left.length, 2, left.join());
    assert.ok(left[0]!.endsWith(".keys") && left[1] === `model-${keyOf(0)}.held`, left.join());
    assert.ok(await store.find("model", keyOf(0)));
    list.release();
    held.release();
    assert.deepEqual([...Deno.readDirSync(locks)], []);

    const cache = join(folder, "cache", "views");
    await Deno.mkdir(cache, { recursive: true });
    for (const name of ["a.bin", "a.bin.0123abcd.tmp", "b.bin.0123abcd.tmp"]) {
      await Deno.writeTextFile(join(cache, name), "");
    }
    using writing = await Deno.open(join(cache, "b.bin.0123abcd.tmp"), { write: true });
    assert.ok(await writing.tryLock(true));
    assert.equal(await sweepTemporaryFiles(join(folder, "cache")), 1);
    assert.deepEqual([...Deno.readDirSync(cache)].map(({ name }) => name).sort(), [
      "a.bin",
      "b.bin.0123abcd.tmp",
    ]);
    assert.equal(await sweepTemporaryFiles(join(folder, "nowhere")), 0);
  }));

Deno.test("a work folder whose entry is finished is swept, unless somebody has its claim", () =>
  withStore(async ({ store }) => {
    // As when a process is killed after its entry has got its name.
    await store.put("model", keyOf(0), content);
    const finished = await store.workFolder("model", keyOf(0));
    await Deno.writeTextFile(join(finished, "checkpoint.safetensors"), "12345");
    const unfinished = await store.workFolder("model", keyOf(1));
    const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
    {
      using claim = await store.claim("model", keyOf(0));
      assert.ok(claim);
      await Store.open(store.folder);
      assert.ok(await exists(finished));
    }
    await Store.open(store.folder);
    assert.deepEqual([await exists(finished), await exists(unfinished)], [false, true]);
  }));

Deno.test("many that write beside many that sweep lose nothing", () =>
  withStore(async ({ store, folder }) => {
    let isWriting = true;
    const sweeper = async () => {
      while (isWriting) {
        await Store.open(store.folder);
        await sweepTemporaryFiles(join(folder, "cache"));
      }
    };
    const writer = async (first: number) => {
      for (let index = first; index < first + 15; index++) {
        await store.put("model", keyOf(index), content);
        await writeFileAtomic(join(folder, "cache", `${index}.txt`), `${index}`);
      }
    };
    const sweepers = [sweeper(), sweeper()];
    await Promise.all([0, 15, 30, 45].map(writer)).finally(() => isWriting = false);
    await Promise.all(sweepers);
    const { entries, damaged, leftovers } = await store.verify();
    assert.deepEqual([entries, damaged, leftovers], [60, [], []]);
    const written = [...Deno.readDirSync(join(folder, "cache"))].map(({ name }) => name);
    assert.equal(written.length, 60);
    assert.ok(written.every((name) => name.endsWith(".txt")));
  }));
