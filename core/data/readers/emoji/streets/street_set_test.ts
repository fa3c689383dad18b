import assert from "node:assert/strict";
import { loadConcepts } from "../concepts.ts";
import { emojiSplits, iconSetsOf } from "../credits.ts";
import { mappedSceneBytes } from "../mapped/draw_mapped_scene.ts";
import { openMappedDataset } from "../mapped/mapped_dataset.ts";
import { drawMappedScenes } from "../mapped/mapped_set.ts";
import { mappedMaterial } from "../mapped/mapped_subjects.ts";
import { hashLayout } from "../mapped/testdata/layout_hash.ts";
import { notJudged } from "../mapped/scene_parts.ts";
import { streetClasses, streetSubjects } from "./street_classes.ts";
import { streetHeight, streetWidth } from "./street_layout.ts";
import { drawStreetParts } from "./street_parts.ts";
import { streetSet } from "./street_set.ts";

const area = streetWidth * streetHeight;
const streetBytes = mappedSceneBytes(streetSet.size);
const drawStreets = (split: string, count: number) => drawMappedScenes(streetSet, split, count);

Deno.test("drawMappedScenes shows every class in every split, rare ones too", async () => {
  for (const { name: split } of emojiSplits) {
    const count = 60, scenes = await drawStreets(split, count);
    const pixels = new Float64Array(256);
    for (let index = 0; index < count; index++) {
      const end = (index + 1) * streetBytes;
      for (const value of scenes.subarray(end - area, end)) pixels[value]!++;
    }
    for (const [index, name] of streetClasses.entries()) {
      const share = pixels[index]! / (count * area);
      assert.ok(share > 0.002 && share < 0.4, `${split}, ${name}: ${share}`);
    }
    assert.ok(pixels[notJudged]! > 0);
    const known = pixels.subarray(0, streetClasses.length).reduce((sum, value) => sum + value, 0);
    assert.equal(known + pixels[notJudged]!, count * area);
  }
});

Deno.test("drawStreetParts draws the streets that it always drew", async () => {
  const material = mappedMaterial("dev", streetSubjects(await loadConcepts()));
  const parts = Array.from({ length: 6 }, (_, index) => drawStreetParts(material, index));
  assert.equal(
    hashLayout(parts),
    "3d3b06ef52641be2edf1d7ea0fe30b652b0275b42390aaac7d3ec4973cda48e3",
  );
});

Deno.test("drawMappedScenes draws the same scene whatever is drawn before it", async () => {
  const few = await drawStreets("dev", 3), more = await drawStreets("dev", 6);
  assert.deepEqual(few, more.slice(0, few.length));
  assert.notDeepEqual(more.slice(0, streetBytes), more.slice(streetBytes, 2 * streetBytes));
});

Deno.test("drawStreetParts takes icons of the split alone, each for its own class", async () => {
  const subjects = streetSubjects(await loadConcepts());
  for (const { name: split } of emojiSplits) {
    const material = mappedMaterial(split, subjects);
    const sets = iconSetsOf(split);
    for (let index = 0; index < 50; index++) {
      for (const part of drawStreetParts(material, index)) {
        if (part.kind !== "icon") continue;
        assert.ok(sets.includes(part.icon.set));
        const subject = subjects.find(({ id }) => id === part.icon.id)!;
        assert.equal(subject.class, part.class);
      }
    }
  }
});

Deno.test("streetSubjects have no icon with ground in it among the riders", async () => {
  const riders = streetSubjects(await loadConcepts()).filter((one) => one.class === "rider");
  assert.deepEqual(riders.map(({ id }) => id), ["person-biking", "horse-racing"]);
});

Deno.test("openMappedDataset gives images and maps of the same size", async () => {
  const dataset = openMappedDataset(streetSet);
  assert.equal(dataset.classNames.length, 19);
  assert.equal((await dataset.samples("dev")).length, streetSet.counts["dev"]);
  const image = await dataset.decode("dev", 2),
    { map, ...rest } = await dataset.annotation("dev", 2);
  assert.deepEqual(rest, { kind: "segmentation", width: 192, height: 96 });
  assert.equal(map.length, area);
  assert.equal(image.pixels.length, 3 * area);
  assert.deepEqual(dataset.imageSize!("dev", 2), { width: 192, height: 96 });
  // What is handed out is the caller's.
  map.fill(0);
  assert.ok((await dataset.annotation("dev", 2)).map.some((value) => value > 0));
  const keys = await Promise.all(["dev", "val"].map((split) => dataset.fingerprint(split)));
  assert.notEqual(keys[0], keys[1]);
});

Deno.test("openMappedDataset names a split or scene that it does not have", async () => {
  const dataset = openMappedDataset(streetSet);
  await assert.rejects(() => dataset.samples("test"), /test/);
  await assert.rejects(
    () => dataset.decode("dev", 150),
    /Split "dev" of emojiscapes-19 has no sample 150: expected 0 to 149/,
  );
});
