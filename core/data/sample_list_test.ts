import assert from "node:assert/strict";
import { SampleList, SampleListBuilder } from "./sample_list.ts";

const samples = Array.from({ length: 300 }, (_, index) => ({
  id: index === 7 ? "ünïcödé/☃" : index === 8 ? "" : `class ${index % 5}/${index}.jpg`,
  label: index === 9 ? -1 : index % 5,
}));

Deno.test("SampleList gives back what was added, in order", () => {
  const list = SampleList.from(samples);
  assert.equal(list.length, 300);
  assert.deepEqual([...list], samples);
  assert.deepEqual(list.ids(), samples.map(({ id }) => id));
  assert.deepEqual([...list.labels()], samples.map(({ label }) => label));
  assert.deepEqual(list.at(7), samples[7]);
  assert.equal(new TextDecoder().decode(list.idBytes(7)), samples[7]!.id);
  assert.equal(SampleList.from([]).length, 0);
});

Deno.test("SampleList.select() takes samples in the order asked for", () => {
  const list = SampleList.from(samples).select([9, 7, 7, 299]);
  assert.deepEqual([...list], [9, 7, 7, 299].map((index) => samples[index]!));
});

Deno.test("SampleList keeps ids whole where memory is in pieces", () => {
  const builder = new SampleListBuilder();
  const ids = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(30_000));
  for (const id of ids) builder.add(id, 0);
  assert.deepEqual(builder.build().ids(), ids);
});

Deno.test("SampleList refuses what is not there, and what it cannot keep", () => {
  const list = SampleList.from(samples);
  for (const index of [-1, 300, 1.5, NaN]) assert.throws(() => list.id(index), RangeError);
  assert.throws(() => list.select([300]), RangeError);
  const builder = new SampleListBuilder();
  assert.throws(() => builder.add("x".repeat(70_000), 0), /70000 bytes/);
  for (const label of [-2, 0.5, NaN]) assert.throws(() => builder.add("x", label), RangeError);
});
