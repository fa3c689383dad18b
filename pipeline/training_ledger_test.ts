import assert from "node:assert/strict";
import { join } from "node:path";
import type { Dataset, SkippedImage } from "../core/data/dataset.ts";
import { SampleList } from "../core/data/sample_list.ts";
import { LeftOutLedger } from "../core/left_out.ts";
import { TrainingLedger } from "./training_ledger.ts";

const samples = SampleList.from(
  ["a", "b", "c", "d"].map((id, index) => ({ id, label: index < 2 ? 0 : 1 })),
);
const dataset = {
  name: "photos",
  annotationKind: "label",
  classNames: ["cat", "dog"],
  splits: [{ name: "train", role: "train", title: "train" }],
  samples: () => Promise.resolve(samples),
} as unknown as Dataset;

const met = (...paths: string[]): SkippedImage[] =>
  paths.map((path) => ({ path, reason: "premature end", stage: "decoding" }));

Deno.test("TrainingLedger knows of damaged images that an earlier process met", async () => {
  const folder = await Deno.makeTempDir();
  const open = (skipped: SkippedImage[]) =>
    TrainingLedger.open(
      dataset,
      { split: "train", listed: 4, skipped: () => skipped },
      new LeftOutLedger(),
      folder,
    );
  try {
    const path = join(folder, "damaged_images.json");
    await Deno.writeTextFile(path, JSON.stringify([{ path: "a", reason: "premature end" }]));
    const { leftOut, images } = await (await open(met("b"))).result();
    assert.deepEqual(images, { data: "photos", split: "train", listed: 4, used: 2 });
    assert.deepEqual(leftOut.map(({ what, unit, count }) => [what, unit ?? "image", count]), [
      ["*", "image", 2],
      ["cat", "class", 1],
    ]);
    // A list that was cut off is a list of nothing.
    await Deno.writeTextFile(path, "[{");
    assert.equal((await (await open(met("a"))).result()).images.used, 3);
    const keeping = await open(met("a", "d"));
    await keeping.save();
    await keeping.result();
    assert.deepEqual(
      JSON.parse(await Deno.readTextFile(path)).map(({ path }: SkippedImage) => path),
      [
        "a",
        "d",
      ],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
