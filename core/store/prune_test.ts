import assert from "node:assert/strict";
import { join } from "node:path";
import { leftoverMilliseconds, sweepTemporaryFiles } from "./leftovers.ts";
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

Deno.test("what killed writes left is swept when it is an hour old and nobody has it open", () =>
  withStore(async ({ store, folder }) => {
    await store.put("model", keyOf(0), content);
    const temporary = join(store.folder, "temporary");
    const hours = leftoverMilliseconds / 86_400_000;
    for (const name of ["old", "young", "open"]) {
      await Deno.mkdir(join(temporary, name), { recursive: true });
      await Deno.writeTextFile(join(temporary, name, "a.bin"), "half");
      if (name !== "young") await age(join(temporary, name), hours);
    }
    using file = await Deno.open(join(temporary, "open"), { read: true });
    assert.ok(await file.tryLock(true));
    await Deno.mkdir(join(store.folder, "locks"), { recursive: true });
    await Deno.writeTextFile(join(store.folder, "locks", "gone.lock"), "{}");
    await age(join(store.folder, "locks", "gone.lock"), hours);
    const { leftovers } = await store.verify();
    assert.deepEqual(leftovers.map(({ path }) => path), [join(temporary, "old")]);
    await Store.open(store.folder);
    assert.deepEqual([...Deno.readDirSync(temporary)].map(({ name }) => name).sort(), [
      "open",
      "young",
    ]);
    assert.deepEqual([...Deno.readDirSync(join(store.folder, "locks"))], []);
    assert.ok(await store.find("model", keyOf(0)));

    const cache = join(folder, "cache", "views");
    await Deno.mkdir(cache, { recursive: true });
    for (const name of ["a.bin", "a.bin.0123abcd.tmp", "b.bin.0123abcd.tmp"]) {
      await Deno.writeTextFile(join(cache, name), "");
      if (name !== "b.bin.0123abcd.tmp") await age(join(cache, name), 1);
    }
    assert.equal(await sweepTemporaryFiles(join(folder, "cache")), 1);
    assert.deepEqual([...Deno.readDirSync(cache)].map(({ name }) => name).sort(), [
      "a.bin",
      "b.bin.0123abcd.tmp",
    ]);
    assert.equal(await sweepTemporaryFiles(join(folder, "nowhere")), 0);
  }));
