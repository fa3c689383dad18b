import assert from "node:assert/strict";
import { fixedViewBatches } from "../data/fixed_view_batches.ts";
import { ConfigError, DataError } from "../errors.ts";
import { memoryTable } from "./embedding_table.ts";
import { gatherColumns } from "./gather_columns.ts";
import { TeacherBatches } from "./teacher_batches.ts";
import { countingImageSize, countingViews, viewAt } from "./testdata/counting_views.ts";

const views = countingViews(6, 2);
const options = { batchSize: 6, replicas: 2, seed: 4 };
/** Row r is (r, 10 r). */
const table = memoryTable(
  Float32Array.from({ length: 24 }, (_, at) => at % 2 === 0 ? at / 2 : 5 * (at - 1)),
  2,
);

/** A teacher whose embedding tells the view, with a batch of its own. */
function liveTeacher(batchSize: number) {
  return {
    name: "live",
    hash: "live",
    dimension: 2,
    imageSize: countingImageSize,
    batchSize,
    encodeImages: (images: Uint8Array) =>
      Promise.resolve(
        Float32Array.from({ length: batchSize * 2 }, (_, at) =>
          at % 2 === 0 ? viewAt(images, at / 2) : 10 * viewAt(images, (at - 1) / 2)),
      ),
  };
}

Deno.test("TeacherBatches feeds each replica its images and rows, and all rows to each", async () => {
  const batches = new TeacherBatches({
    views: fixedViewBatches(views, options),
    teacher: { kind: "table", table },
  });
  assert.equal(batches.stepsPerEpoch, 2);
  // Two steps are an epoch: the last is in the third, whose order is another.
  for (const step of [1, 2, 5]) {
    const { rows } = await fixedViewBatches(views, options).batch(step);
    const feeds = await batches.batch(step);
    const expected = [...rows[0]!].flatMap((row) => [row, 10 * row]);
    feeds.forEach((feed, replica) => {
      assert.deepEqual(Object.keys(feed).sort(), ["images", "teacher", "teacher_batch"]);
      assert.deepEqual(feed["images"]!.shape, [3, 2, 2, 3]);
      assert.deepEqual(
        [0, 1, 2].map((place) => viewAt(feed["images"]!.data as Uint8Array, place)),
        [...rows[0]!.subarray(replica * 3, replica * 3 + 3)],
      );
      assert.deepEqual(feed["teacher"]!.shape, [3, 2]);
      const own = expected.slice(replica * 6, replica * 6 + 6);
      assert.deepEqual([...feed["teacher"]!.data as Float32Array], own);
      assert.deepEqual([...feed["teacher_batch"]!.data as Float32Array], expected);
      assert.deepEqual(feed["teacher_batch"]!.shape, [6, 2]);
    });
  }
});

Deno.test("TeacherBatches feeds labels without a teacher, or where they are asked for", async () => {
  const one = { batchSize: 6, seed: 4 };
  const [feed] = await new TeacherBatches({ views: fixedViewBatches(views, one), teacher: null })
    .batch(0);
  const { labels } = await fixedViewBatches(views, one).batch(0);
  assert.deepEqual(Object.keys(feed!), ["images", "labels"]);
  assert.deepEqual([...feed!["labels"]!.data as BigInt64Array], [...labels].map(BigInt));
  const [both] = await new TeacherBatches({
    views: fixedViewBatches(views, one),
    teacher: { kind: "table", table },
    labels: true,
  }).batch(0);
  assert.deepEqual(Object.keys(both!).sort(), ["images", "labels", "teacher"]);
});

Deno.test("TeacherBatches names the inputs of further views by their number", async () => {
  const own = { ...options, viewsPerStep: 2 };
  const batches = new TeacherBatches({
    views: fixedViewBatches(views, own),
    teacher: { kind: "table", table },
  });
  const { rows } = await fixedViewBatches(views, own).batch(0);
  const [, second] = await batches.batch(0);
  assert.deepEqual(Object.keys(second!).sort(), [
    "images",
    "images_1",
    "teacher",
    "teacher_1",
    "teacher_batch",
    "teacher_batch_1",
  ]);
  const expected = [...rows[1]!.subarray(3)].flatMap((row) => [row, 10 * row]);
  assert.deepEqual([...second!["teacher_1"]!.data as Float32Array], expected);
});

Deno.test("TeacherBatches feeds each replica and view kernels of its own in every step", async () => {
  const batches = (seed: number) =>
    new TeacherBatches({
      views: fixedViewBatches(views, { ...options, viewsPerStep: 2 }),
      teacher: { kind: "table", table },
      convolutions: { seed, share: 1 },
    });
  const seen = new Set<string>();
  const one = batches(1);
  for (const step of [0, 1]) {
    for (const feed of await one.batch(step)) {
      for (const name of ["convolutions", "convolutions_1"]) {
        const { shape, data } = feed[name]!;
        // Three images of a replica: a kernel each.
        assert.deepEqual(shape, [9, 3, 3, 3, 1]);
        seen.add((data as Float32Array).join());
      }
    }
  }
  assert.equal(seen.size, 8);
  const again = await batches(1).batch(1), other = await batches(2).batch(1);
  assert.ok(seen.has((again[1]!["convolutions_1"]!.data as Float32Array).join()));
  assert.ok(!seen.has((other[1]!["convolutions_1"]!.data as Float32Array).join()));
});

Deno.test("TeacherBatches asks a live teacher in batches of the teacher's own size", async () => {
  for (const replicas of [1, 2]) {
    const own = { ...options, replicas };
    for (const batchSize of [3, 4, 6, 7]) {
      const live = new TeacherBatches({
        views: fixedViewBatches(views, own),
        teacher: { kind: "live", encoder: liveTeacher(batchSize) },
      });
      const cached = new TeacherBatches({
        views: fixedViewBatches(views, own),
        teacher: { kind: "table", table },
      });
      for (const step of [0, 1, 2]) {
        assert.deepEqual(await live.batch(step), await cached.batch(step));
      }
    }
  }
});

Deno.test("TeacherBatches names a live teacher that gives NaN, and one that does not fit", async () => {
  const encoder = liveTeacher(6);
  const broken = new TeacherBatches({
    views: fixedViewBatches(views, options),
    teacher: {
      kind: "live",
      encoder: {
        ...encoder,
        encodeImages: () => Promise.resolve(new Float32Array(12).fill(NaN, 4)),
      },
    },
  });
  await assert.rejects(
    broken.batch(0),
    (error) =>
      error instanceof DataError &&
      /Teacher live gave a non-finite embedding \(NaN\) for image 2 of step 0/.test(error.message),
  );
  assert.throws(
    () =>
      new TeacherBatches({
        views: fixedViewBatches(views, options),
        teacher: { kind: "live", encoder: { ...encoder, imageSize: 32 } },
      }),
    (error) =>
      error instanceof ConfigError && /sees 32 pixels; the batches have 2/.test(error.message),
  );
  assert.throws(
    () =>
      new TeacherBatches({
        views: fixedViewBatches(countingViews(5, 2), options),
        teacher: { kind: "table", table },
      }),
    /has 12 rows; expected one for each of 10/,
  );
});

Deno.test("gatherColumns() takes columns across matrices and repeats the last", () => {
  const parts = [Uint8Array.of(0, 1, 10, 11), Uint8Array.of(2, 3, 12, 13)];
  assert.deepEqual(
    [...gatherColumns(parts, 2, 2, { first: 1, count: 4, last: 3 })],
    [1, 2, 3, 3, 11, 12, 13, 13],
  );
});
