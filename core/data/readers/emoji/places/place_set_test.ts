import assert from "node:assert/strict";
import { getDataset } from "../../../registry.ts";
import type { SegmentationAnnotation } from "../../../annotation.ts";
import { loadConcepts } from "../concepts.ts";
import { emojiSplits, iconSetsOf } from "../credits.ts";
import { mappedSceneBytes } from "../mapped/draw_mapped_scene.ts";
import { drawMappedScenes } from "../mapped/mapped_set.ts";
import { mappedMaterial } from "../mapped/mapped_subjects.ts";
import { hashLayout } from "../mapped/testdata/layout_hash.ts";
import { notJudged, notJudgedClass } from "../mapped/scene_parts.ts";
import { placeSide } from "./place_builder.ts";
import { placeClasses, placeSubjects } from "./place_classes.ts";
import { drawPlaceParts, placeSet } from "./place_set.ts";

const area = placeSide ** 2;
const sceneBytes = mappedSceneBytes(placeSet.size);

Deno.test("drawMappedScenes draws the same rooms and farms whatever is drawn before them", async () => {
  const few = await drawMappedScenes(placeSet, "dev", 3);
  const more = await drawMappedScenes(placeSet, "dev", 6);
  assert.deepEqual(few, more.slice(0, few.length));
  assert.notDeepEqual(more.slice(0, sceneBytes), more.slice(sceneBytes, 2 * sceneBytes));
});

Deno.test("drawPlaceParts draws the rooms and farms that it always drew", async () => {
  const material = mappedMaterial("dev", placeSubjects(await loadConcepts()));
  const parts = Array.from({ length: 6 }, (_, index) => drawPlaceParts(material, index));
  assert.equal(
    hashLayout(parts),
    "0f4bf8f1f1e126a3a913779c59cd6a88b46aa2f80335c75bd3cf891c0e727494",
  );
});

Deno.test("drawMappedScenes shows every class of rooms and farms, rare ones too", async () => {
  for (const [split, count] of [["train", 200], ["val", 100], ["ood", 100]] as const) {
    const scenes = await drawMappedScenes(placeSet, split, count);
    const pixels = new Float64Array(256);
    for (let index = 0; index < count; index++) {
      const end = (index + 1) * sceneBytes;
      for (const value of scenes.subarray(end - area, end)) pixels[value]!++;
    }
    for (const [index, name] of placeClasses.entries()) {
      const share = pixels[index]! / (count * area);
      assert.ok(share > 0.001 && share < 0.3, `${split}, ${name}: ${share}`);
    }
    assert.ok(pixels[notJudged]! > 0 && pixels[notJudged]! < 0.02 * count * area);
    const known = pixels.subarray(0, placeClasses.length).reduce((sum, value) => sum + value, 0);
    assert.equal(known + pixels[notJudged]!, count * area);
  }
});

Deno.test("drawPlaceParts takes icons of the split alone, each for its own class or in a painting", async () => {
  const subjects = placeSubjects(await loadConcepts());
  for (const { name: split } of emojiSplits) {
    const material = mappedMaterial(split, subjects);
    const sets = iconSetsOf(split);
    for (let index = 0; index < 50; index++) {
      for (const part of drawPlaceParts(material, index)) {
        if (part.kind !== "icon") continue;
        assert.ok(sets.includes(part.icon.set));
        const subject = subjects.find(({ id }) => id === part.icon.id)!;
        if (part.class !== "painting") assert.equal(subject.class, part.class);
        else assert.ok(["flower", "animal"].includes(subject.class));
      }
    }
  }
});

Deno.test("placeSubjects show each concept as one class, in the three splits that count", async () => {
  const subjects = placeSubjects(await loadConcepts());
  assert.equal(new Set(subjects.map(({ id }) => id)).size, subjects.length);
  for (const split of ["train", "val", "ood"]) {
    for (const [name, icons] of mappedMaterial(split, subjects).icons) {
      assert.ok(icons.length > 0, `${name} in ${split}`);
    }
  }
  assert.ok(subjects.some((subject) => subject.class === notJudgedClass));
});

Deno.test("emojiade-30 gives images and maps of 128 × 128 with names of ADE20K", async () => {
  const dataset = await getDataset<SegmentationAnnotation>("emojiade-30");
  assert.equal(dataset.annotationKind, "segmentation");
  assert.equal(dataset.classNames.length, 30);
  assert.equal(new Set(dataset.classNames).size, 30);
  assert.equal((await dataset.samples("dev")).length, 150);
  const { pixels } = await dataset.decode("dev", 149);
  assert.equal(pixels.length, 3 * area);
  const { map, ...rest } = await dataset.annotation("dev", 149);
  assert.deepEqual(rest, { kind: "segmentation", width: 128, height: 128 });
  assert.equal(map.length, area);
  await assert.rejects(() => dataset.annotation("dev", 150), /emojiade-30 has no sample 150/);
});
