import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { assertOutsideData } from "./outside_data.ts";

Deno.test("assertOutsideData refuses run folders and stores inside image folders, links followed", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const photos = join(parent, "photos");
    await Deno.mkdir(join(photos, "cats"), { recursive: true });
    await Deno.symlink(photos, join(parent, "link"));
    const data = { data: { main: `imagefolder:${photos}`, other: "emojinet-100" } };
    const inside = ["photos", "photos/run", "photos/a/b", "photos/..run", "link/run"];
    for (const place of inside) {
      await assert.rejects(
        assertOutsideData({ "--out": join(parent, place) }, data),
        (error) => error instanceof ConfigError && /^--out: .* inside the data/.test(error.message),
        place,
      );
    }
    await assert.rejects(
      assertOutsideData({ "--store": join(photos, "s") }, [`imagefolder:${join(parent, "link")}`]),
      /^ConfigError: --store: /,
    );
    for (const place of ["run", "photos-run", "other/photos"]) {
      await assertOutsideData({ "--out": join(parent, place), "--store": undefined }, data);
    }
    // Nothing was created.
    assert.deepEqual((await Array.fromAsync(Deno.readDir(photos))).map(({ name }) => name), [
      "cats",
    ]);
    await assertOutsideData({ "--out": join(photos, "run") }, ["coco:" + photos, null, 3]);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
