import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError } from "../../../errors.ts";
import type { SegmentationAnnotation } from "../../annotation.ts";
import type { Dataset } from "../../dataset.ts";
import { getDataset } from "../../registry.ts";
import { SampleList } from "../../sample_list.ts";
import { writeLabelFolder } from "./write_labels.ts";

/** The first images of a data set, in splits of their names. */
function firstOf(
  dataset: Dataset<SegmentationAnnotation>,
  count: number,
): Dataset<SegmentationAnnotation> {
  const { name, title, credits, classNames, splits } = dataset;
  return {
    name,
    title,
    credits,
    annotationKind: "segmentation",
    classNames,
    splits,
    samples: async (split) =>
      SampleList.from(Array.from(await dataset.samples(split)).slice(0, count)),
    annotation: (split, index) => dataset.annotation(split, index),
    decode: (split, index) => dataset.decode(split, index),
    fingerprint: (split) => dataset.fingerprint(split),
    skipped: () => [],
  };
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeLabelFolder writes scenes that the readers read back equal, images and maps", async () => {
  const cases = [
    ["emojiscapes-19", "cityscapes", { train: "train", dev: "dev", val: "val", ood: "ood" }],
    ["emojiade-30", "ade20k", { train: "training", dev: "dev", val: "validation", ood: "ood" }],
  ] as const;
  for (const [name, family, names] of cases) {
    const count = 3;
    const scenes = firstOf(await getDataset<SegmentationAnnotation>(name), count);
    await withFolder(async (folder) => {
      const written = await writeLabelFolder(scenes, folder);
      assert.deepEqual(written.map(({ split, images }) => [split, images]), [
        ["train", count],
        ["dev", count],
        ["val", count],
        ["ood", count],
      ]);
      const read = await getDataset<SegmentationAnnotation>(`${family}:${folder}`);
      assert.deepEqual(read.classNames, scenes.classNames);
      for (const { name: split, role } of scenes.splits) {
        const other = names[split as keyof typeof names];
        assert.equal(read.splits.find(({ name }) => name === other)?.role, role);
        assert.equal((await read.samples(other)).length, count);
        assert.deepEqual(read.skipped(other), []);
        for (let index = 0; index < count; index++) {
          assert.deepEqual(
            await read.annotation(other, index),
            await scenes.annotation(split, index),
          );
          const { width, height, pixels } = await read.decode(other, index);
          const drawn = await scenes.decode(split, index);
          assert.deepEqual([width, height], [drawn.width, drawn.height]);
          assert.deepEqual([...pixels], [...drawn.pixels]);
        }
      }
    });
  }
});

Deno.test("writeLabelFolder writes ADE20K's table with shares of pixels and numbers of images", async () => {
  const scenes = firstOf(await getDataset<SegmentationAnnotation>("emojiade-30"), 2);
  await withFolder(async (folder) => {
    await writeLabelFolder(scenes, folder, { splits: ["train", "val"] });
    const [head, ...rows] = (await Deno.readTextFile(join(folder, "objectInfo150.txt"))).trim()
      .split("\n").map((line) => line.split("\t"));
    assert.deepEqual(head, ["Idx", "Ratio", "Train", "Val", "Name"]);
    assert.deepEqual(rows.map(([, , , , name]) => name), [...scenes.classNames]);
    const shares = rows.map(([, ratio]) => Number(ratio));
    const sum = shares.reduce((a, b) => a + b);
    assert.ok(sum > 0.9 && sum < 1.01, `${sum}`);
    const { map } = await scenes.annotation("train", 0),
      { map: other } = await scenes.annotation("train", 1);
    rows.forEach(([, , train], label) =>
      assert.equal(Number(train), Number(map.includes(label)) + Number(other.includes(label)))
    );
  });
});

Deno.test("writeLabelFolder refuses other data sets, splits and folders before it writes", async () => {
  const scenes = await getDataset<SegmentationAnnotation>("emojiscapes-19");
  await withFolder(async (folder) => {
    const objects = await getDataset<never>("emojicoco-31");
    await assert.rejects(
      writeLabelFolder(objects, folder),
      /of kind "instances", expected "segmen/,
    );
    await assert.rejects(writeLabelFolder(scenes, folder, { splits: ["test"] }), ConfigError);
    const comma = { ...firstOf(scenes, 1), classNames: ["a, b"] };
    await assert.rejects(writeLabelFolder(comma, folder), /the class name "a, b" has a character/);
    await Deno.writeTextFile(join(folder, "notes.txt"), "");
    await assert.rejects(
      writeLabelFolder(scenes, folder),
      (error) =>
        error instanceof DataError && /it has other files \(notes.txt\)/.test(error.message),
    );
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["notes.txt"]);
  });
});
