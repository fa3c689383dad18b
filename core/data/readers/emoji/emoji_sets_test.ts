import assert from "node:assert/strict";
import { ConfigError } from "../../../errors.ts";
import { loadConcepts } from "./concepts.ts";
import { creditLines, iconSets, teacherIconSets } from "./credits.ts";
import { emojiSets } from "./emoji_sets.ts";
import { datasetNames, getDataset } from "../../registry.ts";
import { openViews } from "../../views/open_views.ts";
import { validateTextNames } from "../../../text/text_names.ts";
import { type SplitName, splitNames } from "../../dataset.ts";

/** Counts by an independent script over the full concept table. */
const wanted: Record<
  string,
  [classes: number, train: number, dev: number, val: number, ood: number]
> = {
  "emojinet-553": [553, 2490, 366, 604, 604],
  "emojinet-100": [100, 600, 111, 121, 121],
  "emojitech-126": [126, 575, 91, 135, 135],
  "emojiunseen-65": [65, 302, 45, 74, 74],
  "emojisub-38": [38, 2748, 403, 672, 672],
  "emojiteacher-679": [679, 3065, 457, 739, 739],
};

for (const [name, counts] of Object.entries(wanted)) {
  Deno.test(`${name} has the classes and icons it should have`, async () => {
    const dataset = await getDataset(name);
    const found = [dataset.classNames.length];
    for (const split of ["train", "dev", "val", "ood"] as const) {
      const samples = await dataset.samples(split);
      found.push(samples.length);
      assert.equal(new Set(samples.ids()).size, samples.length);
      for (const { label } of samples) assert.ok(dataset.classNames[label] !== undefined);
    }
    assert.deepEqual(found, counts);
    assert.equal(new Set(dataset.classNames).size, dataset.classNames.length);
  });
}

Deno.test("datasetNames lists all embedded sets", () => {
  assert.deepEqual(datasetNames(), [
    ...Object.keys(wanted),
    "emojicoco-31",
    "emojicoco-63",
    "emojiscapes-19",
    "emojiade-30",
  ]);
});

Deno.test("no icon set is in two splits of any dataset, and every icon set is credited", async () => {
  const splits = new Map<string, SplitName>();
  for (const { name } of emojiSets) {
    const dataset = await getDataset(name);
    for (const split of splitNames(dataset)) {
      for (const { id } of await dataset.samples(split)) {
        const iconSet = id.split("/")[0]!;
        assert.equal(splits.get(iconSet) ?? split, split, `${iconSet} of ${name}`);
        splits.set(iconSet, split);
      }
    }
  }
  assert.deepEqual([...splits.keys()].sort(), iconSets.map((set) => set.name).sort());
  assert.equal(splits.get("fxemoji"), "dev");
  assert.equal(splits.get("twemoji"), "val");
  assert.equal(splits.get("openmoji"), "ood");
  assert.deepEqual(teacherIconSets, ["noto", "noto-v1", "fluent-emoji-flat", "emojione"]);
  for (const set of iconSets) {
    assert.ok(creditLines().some((line) => line.includes(set.url) && line.includes(set.licence)));
  }
});

Deno.test("pretrain, transfer and unseen share no concept", async () => {
  const concepts = await loadConcepts();
  assert.equal(concepts.length, 1058);
  const ids = async (name: string) => {
    const dataset = await getDataset(name);
    const found = new Set<string>();
    for (const split of splitNames(dataset)) {
      for (const { id } of await dataset.samples(split)) found.add(id.split("/")[1]!);
    }
    return found;
  };
  const pretrain = await ids("emojinet-553");
  const transfer = await ids("emojitech-126");
  const unseen = await ids("emojiunseen-65");
  const teacher = await ids("emojiteacher-679");
  assert.equal(new Set([...pretrain, ...transfer, ...unseen]).size, 604 + 135 + 74);
  assert.deepEqual(
    teacher,
    new Set([...pretrain, ...transfer].sort((a, b) => {
      const place = (id: string) => concepts.findIndex((concept) => concept.id === id);
      return place(a) - place(b);
    })),
  );
  for (const id of unseen) assert.ok(!teacher.has(id), id);
});

Deno.test("twins carry the label of the class they are merged into", async () => {
  const dataset = await getDataset("emojinet-553");
  const samples = await dataset.samples("val");
  const labelOf = (id: string) =>
    [...samples].find((sample) => sample.id === `twemoji/${id}`)?.label;
  assert.notEqual(labelOf("umbrella"), undefined);
  assert.equal(labelOf("umbrella"), labelOf("umbrella-with-rain-drops"));
  assert.equal(dataset.classNames[labelOf("umbrella")!], "umbrella");
});

Deno.test("getDataset names the nearest dataset where there is no such one", async () => {
  await assert.rejects(
    getDataset("emojinet-10"),
    (error) => error instanceof ConfigError && /Did you mean "emojinet-100"/.test(error.message),
  );
});

Deno.test("openViews and samples refuse unknown splits and groups", async () => {
  const dataset = await getDataset("emojinet-100");
  await assert.rejects(openViews(dataset, "val", { groups: ["noto"] }), /no icon set noto/);
  await assert.rejects(openViews(dataset, "val", { groups: [] }), /no icon set is named/);
  await assert.rejects(
    dataset.samples("test" as SplitName),
    (error) => error instanceof ConfigError && /no split "test"/.test(error.message),
  );
});

Deno.test("every class of the embedded sets has a name of its own as a text", async () => {
  for (const name of datasetNames()) {
    assert.deepEqual(await validateTextNames((await getDataset(name)).classNames, name), []);
  }
});

Deno.test("an icon decodes to its picture on white, and its annotation is its label", async () => {
  const dataset = await getDataset("emojitech-126");
  const { width, height, pixels } = await dataset.decode("val", 3);
  assert.deepEqual([width, height, pixels.length], [128, 128, 128 * 128 * 3]);
  assert.deepEqual([...pixels.subarray(0, 3)], [255, 255, 255]);
  assert.ok(pixels.some((value) => value < 128));
  const label = (await dataset.samples("val")).label(3);
  assert.deepEqual(await dataset.annotation("val", 3), { kind: "label", label });
  await assert.rejects(dataset.decode("val", 10_000), RangeError);
  assert.notEqual(await dataset.fingerprint("val"), await dataset.fingerprint("ood"));
});
