import assert from "node:assert/strict";
import { SampleList } from "../../core/data/sample_list.ts";
import { ConfigError } from "../../core/errors.ts";
import {
  countLabelled,
  describeShortage,
  labelledImages,
  labelListText,
  viewsOf,
} from "./label_list.ts";

/** Samples of three classes: 40, 10 and 1 of them, labels mixed. */
const samples = SampleList.from(
  Array.from({ length: 51 }, (_, index) => ({
    id: `set/${index}`,
    label: index === 25 ? 2 : index % 5 === 0 ? 1 : 0,
  })),
);

const share = (fraction: number) => ({ fraction, perClass: 1 });
const each = (perClass: number) => ({ fraction: null, perClass });

function countPerClass(labelled: Uint32Array): number[] {
  const counts = [0, 0, 0];
  for (const image of labelled) counts[samples.label(image)]!++;
  return counts;
}

Deno.test("labelledImages() takes the fraction of each class, rounded, at least one image", () => {
  assert.deepEqual(countPerClass(labelledImages(samples, share(1), 0)), [40, 10, 1]);
  assert.deepEqual(countPerClass(labelledImages(samples, share(0.1), 0)), [4, 1, 1]);
  assert.deepEqual(countPerClass(labelledImages(samples, share(0.01), 0)), [1, 1, 1]);
  assert.deepEqual(countPerClass(labelledImages(samples, share(1e-9), 0)), [1, 1, 1]);
});

Deno.test("labelledImages() takes as many of each class, all where there are fewer", () => {
  assert.deepEqual(countPerClass(labelledImages(samples, each(1), 0)), [1, 1, 1]);
  assert.deepEqual(countPerClass(labelledImages(samples, each(7), 0)), [7, 7, 1]);
  assert.deepEqual(countPerClass(labelledImages(samples, each(128), 0)), [40, 10, 1]);
});

Deno.test("countLabelled() foretells how many labelledImages() takes", () => {
  const shares = [1e-9, 0.01, 0.1, 0.33, 1].map(share);
  for (const amount of [...shares, ...[1, 5, 99].map(each)]) {
    assert.equal(countLabelled(samples, amount), labelledImages(samples, amount, 0).length);
  }
});

Deno.test("labelledImages() lists each image once in rising order", () => {
  const labelled = [...labelledImages(samples, share(0.5), 3)];
  assert.deepEqual(labelled, [...new Set(labelled)].sort((a, b) => a - b));
  assert(labelled.every((image) => image < 51));
  assert.deepEqual([...labelledImages(samples, share(1), 3)], [...Array(51).keys()]);
});

Deno.test("labelledImages() draws by the seed alone, and others for each seed", () => {
  const draw = (seed: number) => labelledImages(samples, share(0.1), seed);
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

Deno.test("labelledImages() gives more labels by adding to the fewer", () => {
  const many = new Set(labelledImages(samples, share(0.1), 1));
  for (const image of labelledImages(samples, share(0.01), 1)) assert(many.has(image));
  const more = new Set(labelledImages(samples, each(6), 1));
  for (const image of labelledImages(samples, each(2), 1)) assert(more.has(image));
});

Deno.test("labelledImages() refuses an amount that is none", () => {
  for (const fraction of [0, -0.1, 1.01, NaN]) {
    assert.throws(
      () => labelledImages(samples, share(fraction), 0),
      (error) => error instanceof ConfigError && error.message.includes(`${fraction}`),
    );
  }
  for (const perClass of [0, 1.5, -1]) {
    assert.throws(() => labelledImages(samples, each(perClass), 0), /perClass: .* got/);
  }
});

Deno.test("describeShortage() names the class with the fewest images", () => {
  const names = ["owl", "red fox", "dodo", "unicorn"];
  assert.equal(
    describeShortage(samples, each(16), names),
    "3 of 4 classes have fewer training images than perClass asks for (16), the fewest " +
      '"unicorn" with 0: of these, all images that there are have a label',
  );
  assert.equal(describeShortage(samples, each(1), names.slice(0, 3)), undefined);
  assert.equal(describeShortage(samples, share(0.5), names), undefined);
});

Deno.test("viewsOf() gives all views of a labelled image", () => {
  assert.deepEqual([...viewsOf(Uint32Array.of(0, 7), 3)], [0, 1, 2, 21, 22, 23]);
});

Deno.test("labelListText() writes image and class of each line", () => {
  const text = labelListText(samples, Uint32Array.of(1, 5, 25), ["owl", "red fox", "dodo"]);
  assert.equal(text, "set/1\towl\nset/5\tred fox\nset/25\tdodo\n");
});
