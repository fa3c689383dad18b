import assert from "node:assert/strict";
import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import type { Dataset } from "../../core/data/dataset.ts";
import { DataError } from "../../core/errors.ts";
import { checkLabels } from "./check_labels.ts";
import { measureSplits } from "./measure_split.ts";
import { stripesDataset } from "./testdata/stripes.ts";

/** Stripes with other maps. */
function relabelled(
  change: (split: string, index: number, map: Uint8Array) => Uint8Array,
  damaged: readonly number[] = [],
): Dataset<SegmentationAnnotation> {
  const dataset = stripesDataset(4, damaged);
  return Object.assign(Object.create(dataset), {
    annotation: async (split: string, index: number) => {
      const annotation = await dataset.annotation(split, index);
      return { ...annotation, map: change(split, index, annotation.map as Uint8Array) };
    },
  });
}

async function check(
  dataset: Dataset<SegmentationAnnotation>,
  testImages: number | null = null,
): Promise<{ warnings: string[]; phases: Set<string> }> {
  const warnings: string[] = [], phases = new Set<string>();
  await checkLabels({
    dataset,
    splits: ["val"],
    settings: { testImages },
    progress: (phase) => void phases.add(phase),
    warn: (message) => void warnings.push(message),
  });
  return { warnings, phases };
}

const ignore = (map: Uint8Array) => map.map(() => 255);

Deno.test("checkLabels says nothing of good labels", async () => {
  const { warnings, phases } = await check(stripesDataset(4));
  assert.deepEqual(warnings, []);
  assert.deepEqual([...phases], ["labels of val"]);
});

Deno.test("checkLabels refuses a split of which nothing is judged, and takes single images like that", async () => {
  for (const split of ["train", "val"]) {
    await assert.rejects(
      check(relabelled((of, _, map) => of === split ? ignore(map) : map)),
      (error) =>
        error instanceof DataError &&
        error.message.startsWith(`Split "${split}" of stripes: no pixel of its 4 images is judged`),
    );
  }
  const some = await check(relabelled((_, index, map) => index < 3 ? ignore(map) : map));
  assert.deepEqual(some.warnings, []);
});

Deno.test("checkLabels warns of classes that no measured image shows, where all are measured", async () => {
  const dataset = relabelled((_, __, map) => map.map((label) => label === 1 ? 0 : label));
  const { warnings } = await check(dataset);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^No pixel of "green" in val of stripes: where no model sees one/);
  assert.deepEqual((await check(dataset, 2)).warnings, []);
});

Deno.test("checkLabels passes on what is wrong with labels, but not with damaged images", async () => {
  const wrong = (damaged: readonly number[]) =>
    relabelled((split, index, map) => {
      if (split === "val" && index === 2) throw new DataError("Label file x: 99 at x = 3, y = 1");
      return map;
    }, damaged);
  await assert.rejects(check(wrong([])), /99 at x = 3, y = 1/);
  await check(wrong([2]));
});

Deno.test("measureSplits refuses a split of which nothing is judged", async () => {
  const dataset = relabelled((_, __, map) => ignore(map));
  const context = {
    dataset,
    settings: { testImages: null, boundaries: false, scenes: 0 },
    splits: ["val"],
    keepFile: () => Promise.resolve(),
    progress: () => {},
    countImages: () => Promise.resolve(),
  };
  const segmenter = {
    segment: ({ width, height }: { width: number; height: number }) =>
      Promise.resolve(new Uint8Array(width * height)),
  };
  await assert.rejects(
    measureSplits(context, segmenter),
    /Split "val" of stripes: no pixel of its 4 images is judged; expected pixels of "red", "green"/,
  );
});
