import assert from "node:assert/strict";
import { join } from "node:path";
import { WriteError } from "../errors.ts";
import { isClaimed, tryClaim } from "./claim.ts";
import { keyOf, listFiles, withStore } from "./testdata/test_store.ts";

Deno.test("claims of one key exclude each other, those of others do not", () =>
  withStore(async ({ store }) => {
    const first = await store.claim("model", keyOf(1));
    assert.ok(first);
    assert.equal(await store.claim("model", keyOf(1)), undefined);
    assert.match(await store.describeHolder("model", keyOf(1)), new RegExp(`process ${Deno.pid} `));
    const others = [await store.claim("outcome", keyOf(1)), await store.claim("model", keyOf(2))];
    assert.ok(others.every((claim) => claim !== undefined));
    first.release();
    first.release();
    using second = await store.claim("model", keyOf(1));
    assert.ok(second);
    for (const claim of others) claim!.release();
    assert.equal(await store.describeHolder("outcome", keyOf(1)), "another process");
  }));

Deno.test("the file of a claim goes with it, and never that of another's", () =>
  withStore(async ({ store, folder }) => {
    const path = join(folder, "locks", "a.lock");
    const first = await tryClaim(path);
    assert.ok(await isClaimed(path));
    // Removed by hand: the next one is another file, and stays when the first goes.
    await Deno.remove(path);
    const second = await tryClaim(path);
    first!.release();
    assert.ok(await isClaimed(path));
    second!.release();
    assert.equal(await isClaimed(path), false);
    assert.deepEqual(await listFiles(folder), []);
    assert.ok(store);
  }));

Deno.test("two hundred attempts at one claim give it to one at a time", () =>
  withStore(async ({ store }) => {
    let inside = 0;
    let got = 0;
    const attempt = async () => {
      for (let time = 0; time < 20; time++) {
        const claim = await store.claim("model", keyOf(1));
        if (claim === undefined) continue;
        assert.equal(++inside, 1);
        got++;
        await new Promise((resolve) => setTimeout(resolve));
        inside--;
        claim.release();
      }
    };
    await Promise.all(Array.from({ length: 10 }, attempt));
    assert.ok(got > 0);
    assert.deepEqual(await listFiles(store.folder), ["store.json"]);
  }));

Deno.test("holds share, and exclude claims of the same file", () =>
  withStore(async ({ folder }) => {
    const path = join(folder, "a.held");
    const first = await tryClaim(path, { shared: true });
    const second = await tryClaim(path, { shared: true });
    assert.ok(first && second);
    assert.equal(await tryClaim(path), undefined);
    first.release();
    assert.equal(await tryClaim(path), undefined);
    second.release();
    const alone = await tryClaim(path);
    assert.ok(alone);
    assert.equal(await tryClaim(path, { shared: true }), undefined);
    alone.release();
    assert.deepEqual(await listFiles(folder), []);
  }));

Deno.test("a claim that cannot be written tells the path and the way out", () =>
  withStore(async ({ store, folder }) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    await assert.rejects(
      tryClaim(join(folder, "file", "a.lock")),
      (error) => error instanceof WriteError && /a\.lock.*--store/.test(error.message),
    );
    assert.ok(store);
  }));
