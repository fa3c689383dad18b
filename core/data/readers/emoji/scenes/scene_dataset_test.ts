import assert from "node:assert/strict";
import { join } from "node:path";
import { cacheFolder, moveCacheFolder, sha256 } from "../../../../files.ts";
import type { InstancesAnnotation } from "../../../annotation.ts";
import { type Dataset, splitNames } from "../../../dataset.ts";
import { getDataset } from "../../../registry.ts";
import { takeDataWarnings } from "../../../warnings.ts";
import { loadConcepts } from "../concepts.ts";
import { iconSetsOf } from "../credits.ts";
import { cocoCategories } from "./coco_categories.ts";
import { loadDistractors } from "./distractors.ts";
import { openSceneDataset } from "./scene_dataset.ts";
import { sceneSets, sceneSubjects, selectScenes } from "./scene_sets.ts";

const open = (name: string) => getDataset<InstancesAnnotation>(name);

/** Pixels of a run-length mask, row by row. */
function decodeMask(annotation: InstancesAnnotation, object: number): Uint8Array {
  const mask = annotation.masks[object]!;
  assert.ok(mask.kind === "rle");
  const { width, height, counts } = mask;
  assert.equal(counts.reduce((sum, count) => sum + count, 0), width * height);
  const pixels = new Uint8Array(width * height);
  let at = 0;
  counts.forEach((count, run) => {
    for (const end = at + count; at < end; at++) {
      pixels[at % height * width + Math.floor(at / height)] = run % 2;
    }
  });
  return pixels;
}

/** Icons by an independent script over the full concept table. */
const wanted: Record<string, [classes: number, ...icons: number[]]> = {
  "emojicoco-31": [31, 566, 86, 127, 127],
  "emojicoco-63": [63, 689, 100, 159, 159],
};

for (const set of sceneSets) {
  Deno.test(`${set.name} has the classes, icons and scenes it should have`, async () => {
    const dataset = await open(set.name);
    const { icons } = selectScenes(set, sceneSubjects(await loadConcepts()));
    assert.deepEqual(
      [
        dataset.classNames.length,
        ...splitNames(dataset).map((split) => icons.get(split)!.flat().length),
      ],
      wanted[set.name],
    );
    const names = new Map(cocoCategories);
    assert.deepEqual(dataset.categoryIds!.map((id) => names.get(id)), dataset.classNames);
    const counts = splitNames(dataset).map(async (split) => (await dataset.samples(split)).length);
    assert.deepEqual(await Promise.all(counts), [2000, 300, 300, 300]);
    // The main rule against leaks: an artist is on one side of every split.
    for (const split of splitNames(dataset)) {
      const sets = iconSetsOf(split);
      assert.ok(icons.get(split)!.flat().every((icon) => sets.includes(icon.set)), split);
    }
  });
}

Deno.test("sceneSubjects takes no tile that shows a surrounding", async () => {
  const subjects = new Map(sceneSubjects(await loadConcepts()).map((one) => [one.id, one.icons]));
  assert.ok(subjects.get("sailboat")!.has("noto") && !subjects.get("sailboat")!.has("fxemoji"));
  assert.ok(!subjects.get("ship")!.has("emojione-v1"));
  // A square book is its own outline.
  assert.ok(subjects.get("closed-book")!.has("twemoji"));
});

Deno.test("loadDistractors gives symbols and moon phases, none of which is an object", async () => {
  const distractors = await loadDistractors();
  assert.equal(distractors.length, 204);
  const concepts = new Set((await loadConcepts()).map(({ id }) => id));
  assert.ok(distractors.every(({ id, icons }) => !concepts.has(id) && icons.size >= 3));
  const ids = distractors.map(({ id }) => id);
  assert.equal(ids.filter((id) => id.endsWith("moon")).length, 8);
  for (const id of ["mobile-phone-off", "bicycle", "no-bicycles", "children-crossing"]) {
    assert.ok(!ids.includes(id), id);
  }
});

async function checkScenes(dataset: Dataset<InstancesAnnotation>, split: string, count: number) {
  let objects = 0;
  for (let index = 0; index < count; index++) {
    const annotation = await dataset.annotation(split, index);
    const { boxes, categories, areas, ids } = annotation;
    objects += categories.length;
    assert.ok(categories.length <= 6 && boxes.length === 4 * categories.length);
    const owned = new Uint8Array(128 * 128);
    for (let object = 0; object < categories.length; object++) {
      assert.ok(categories[object]! < dataset.classNames.length);
      const pixels = decodeMask(annotation, object);
      let area = 0, left = 128, top = 128, right = 0, bottom = 0;
      pixels.forEach((inside, place) => {
        if (inside === 0) return;
        // No pixel belongs to two objects.
        assert.equal(owned[place]!++, 0);
        area++;
        const x = place % 128, y = Math.floor(place / 128);
        [left, top] = [Math.min(left, x), Math.min(top, y)];
        [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
      });
      assert.equal(areas![object], area);
      assert.ok(area > 30);
      assert.deepEqual(
        [...boxes.subarray(4 * object, 4 * object + 4)],
        [left, top, right, bottom],
      );
    }
    assert.equal(new Set(ids).size, categories.length);
    const { width, height, pixels } = await dataset.decode(split, index);
    assert.deepEqual([width, height, pixels.length], [128, 128, 128 * 128 * 3]);
  }
  return objects / count;
}

Deno.test("scenes have tight boxes around masks that do not overlap", async () => {
  const dataset = await open("emojicoco-63");
  for (const split of ["dev", "ood"]) {
    const objects = await checkScenes(dataset, split, 100);
    assert.ok(objects > 2.8 && objects < 4, `${objects}`);
  }
  await assert.rejects(dataset.annotation("val", 300), RangeError);
  await assert.rejects(dataset.decode("val", -1), RangeError);
  await assert.rejects(dataset.samples("test"), /no split "test"/);
});

Deno.test("scenes are the same from the cache, from a damaged cache and with none", async () => {
  const digest = async () => {
    const dataset = await openSceneDataset(sceneSets[0]!);
    const annotation = await dataset.annotation("dev", 7);
    return [
      sha256((await dataset.decode("dev", 7)).pixels),
      sha256(JSON.stringify(annotation)),
      await dataset.fingerprint("dev"),
    ];
  };
  const folder = await Deno.makeTempDir();
  try {
    moveCacheFolder(folder);
    const drawn = await digest();
    assert.deepEqual(drawn[0], wantedScene);
    assert.deepEqual(await digest(), drawn);
    const [entry] = await Array.fromAsync(Deno.readDir(join(cacheFolder(), "views")));
    const path = join(cacheFolder(), "views", entry!.name);
    const file = await Deno.readFile(path);
    file[1000]! ^= 1;
    await Deno.writeFile(path, file);
    takeDataWarnings();
    assert.deepEqual(await digest(), drawn);
    assert.match(takeDataWarnings().join(), /wrong hash/);
    assert.notEqual(await open("emojicoco-63").then((set) => set.fingerprint("dev")), drawn[2]);
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
});

/** Scene 7 of dev: it changes only together with `sceneVersion`. */
const wantedScene = "71f2e244e4131044d89f7751a707716ed2dfbf3320924f48a49bf9a97796a3c2";
