import assert from "node:assert/strict";
import { join } from "node:path";
import { moveCacheFolder, sha256 } from "../files.ts";
import { DataError } from "../errors.ts";
import { countingViews, viewAt } from "./testdata/counting_views.ts";
import {
  type FrozenEncoder,
  openTeacherEmbeddings,
  teacherEmbeddings,
} from "./teacher_embeddings.ts";

const batchSize = 4;

/** An encoder of unit vectors on a circle, which counts its calls. */
function circleEncoder(hash = "teacher", turn = 0): FrozenEncoder & { calls: number } {
  const encoder = {
    name: "circle",
    hash,
    dimension: 2,
    batchSize,
    calls: 0,
    encodeImages(images: Uint8Array) {
      encoder.calls++;
      const angles = Array.from({ length: batchSize }, (_, place) => viewAt(images, place) + turn);
      return Promise.resolve(Float32Array.from(angles.flatMap((a) => [Math.cos(a), Math.sin(a)])));
    },
  };
  return encoder;
}

/** Runs a test with a cache folder of its own. */
async function withCache(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  moveCacheFolder(folder);
  try {
    await use(join(folder, "embeddings"));
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}

const expected = Float32Array.from(
  Array.from({ length: 10 }, (_, view) => [Math.cos(view), Math.sin(view)]).flat(),
);

Deno.test("teacherEmbeddings() computes once, then answers from the cache after a spot check", async () => {
  await withCache(async (folder) => {
    const views = countingViews(5, 2);
    const encoder = circleEncoder();
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const progress: number[] = [];
    const first = await teacherEmbeddings(encoder, views, {
      onWarning,
      onProgress: (done) => progress.push(done),
    });
    assert.deepEqual(first, expected);
    assert.equal(encoder.calls, 3, "the last of three batches is filled up");
    assert.deepEqual(progress, [4, 8, 10]);
    assert.equal((await filesIn(folder)).length, 1);
    const second = await teacherEmbeddings(encoder, views, { onWarning });
    assert.deepEqual(second, expected);
    assert.equal(encoder.calls, 4, "one batch checks the cache");
    assert.deepEqual(warnings, []);
  });
});

Deno.test("teacherEmbeddings() keeps other views and other teachers apart", async () => {
  await withCache(async (folder) => {
    await teacherEmbeddings(circleEncoder(), countingViews(5, 2));
    await teacherEmbeddings(circleEncoder(), countingViews(5, 2, "other views"));
    const turned = await teacherEmbeddings(circleEncoder("other teacher", 1), countingViews(5, 2));
    assert.notDeepEqual(turned, expected);
    assert.equal((await filesIn(folder)).length, 3);
  });
});

const damages: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  "cut short": (bytes) => bytes.slice(0, -4),
  "empty": () => new Uint8Array(0),
  "longer": (bytes) => Uint8Array.of(...bytes, 0, 0, 0, 0),
  "with a bit turned over": (bytes) => bytes.with(50, bytes[50]! ^ 1),
  "with another checksum": (bytes) => bytes.with(3, bytes[3]! ^ 1),
};

for (const [how, damage] of Object.entries(damages)) {
  Deno.test(`teacherEmbeddings() computes again, with a warning, where the file is ${how}`, async () => {
    await withCache(async (folder) => {
      const views = countingViews(5, 2);
      await teacherEmbeddings(circleEncoder(), views);
      const [name] = await filesIn(folder);
      const path = join(folder, name!);
      const good = await Deno.readFile(path);
      await Deno.writeFile(path, damage(good));
      const warnings: string[] = [];
      const encoder = circleEncoder();
      const again = await teacherEmbeddings(encoder, views, {
        onWarning: (message) => warnings.push(message),
      });
      assert.deepEqual(again, expected);
      assert.equal(encoder.calls, 3);
      assert.equal(warnings.length, 1);
      assert(warnings[0]!.includes(path), warnings[0]);
      assert.match(warnings[0]!, /damaged/);
      assert.deepEqual(await Deno.readFile(path), good, "the file is repaired");
      assert.deepEqual(await filesIn(folder), [name]);
    });
  });
}

Deno.test("teacherEmbeddings() finds by its spot check that the rows are another teacher's", async () => {
  await withCache(async (folder) => {
    const views = countingViews(2, 1);
    await teacherEmbeddings(circleEncoder(), views);
    const path = join(folder, (await filesIn(folder))[0]!);
    // One row of two turned by a tenth, with a checksum that fits.
    const bytes = await Deno.readFile(path);
    const rows = new Float32Array(bytes.slice(32).buffer);
    rows.set([Math.cos(1.1), Math.sin(1.1)], 2);
    const content = new Uint8Array(rows.buffer);
    const digest = Uint8Array.fromHex(sha256(content));
    await Deno.writeFile(path, Uint8Array.of(...digest, ...content));
    const warnings: string[] = [];
    const again = await teacherEmbeddings(circleEncoder(), views, {
      onWarning: (message) => warnings.push(message),
    });
    assert.deepEqual(again, expected.slice(0, 4));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /view 1 differs from circle's/);
    // The rows are right now, so the next reading is silent.
    await teacherEmbeddings(circleEncoder(), views, { onWarning: assert.fail });
  });
});

for (const [how, factor] of [["longer", 3], ["shorter", 0.2]] as const) {
  Deno.test(`teacherEmbeddings() finds one row of 200 that is ${how} than the teacher's`, async () => {
    await withCache(async (folder) => {
      const views = countingViews(100, 2);
      const right = await teacherEmbeddings(circleEncoder(), views);
      const path = join(folder, (await filesIn(folder))[0]!);
      const rows = right.slice();
      for (const at of [300, 301]) rows[at]! *= factor;
      const content = new Uint8Array(rows.buffer);
      await Deno.writeFile(path, Uint8Array.of(...Uint8Array.fromHex(sha256(content)), ...content));
      const warnings: string[] = [];
      const onWarning = (message: string) => warnings.push(message);
      const again = await teacherEmbeddings(circleEncoder(), views, { onWarning });
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /view 150 differs from circle's/);
      assert.deepEqual(again, right);
    });
  });
}

Deno.test("teacherEmbeddings() refuses an encoder that gives another length", async () => {
  await withCache(async () => {
    const encoder = { ...circleEncoder(), dimension: 3 };
    await assert.rejects(
      teacherEmbeddings(encoder, countingViews(5, 2)),
      (error) => error instanceof DataError && /circle gave 20 numbers/.test(error.message),
    );
  });
});

Deno.test("openTeacherEmbeddings() reads rows of a large table from its file", async () => {
  await withCache(async (folder) => {
    const views = countingViews(5, 2);
    for (let round = 0; round < 2; round++) {
      const table = await openTeacherEmbeddings(circleEncoder(), views, { memoryBytes: 10 });
      assert.deepEqual([table.rows, table.dimension], [10, 2]);
      const output = new Float32Array(6);
      table.gather([9, 0, 4], output);
      const row = (view: number) => [...expected.subarray(2 * view, 2 * view + 2)];
      assert.deepEqual([...output], [...row(9), ...row(0), ...row(4)]);
      table.close();
      table.close();
    }
    assert.deepEqual(await teacherEmbeddings(circleEncoder(), views), expected);
    assert.equal((await filesIn(folder)).length, 1);
  });
});

/** (x, y) to (x, y, x + y), row by row. */
function addSums(rows: Float32Array): Float32Array {
  return Float32Array.from({ length: rows.length / 2 * 3 }, (_, at) => {
    const first = 2 * Math.floor(at / 3);
    return at % 3 < 2 ? rows[first + at % 3]! : rows[first]! + rows[first + 1]!;
  });
}

/** An encoder that changes another one: (x, y) to (x, y, x + y). */
function sumEncoder(base: FrozenEncoder): FrozenEncoder {
  return {
    ...base,
    name: "sum",
    hash: `sum of ${base.hash}`,
    dimension: 3,
    encodeImages: async (images) => addSums(await base.encodeImages(images)),
    changes: { base, change: addSums },
  };
}

for (const memoryBytes of [10, 100, 1000]) {
  Deno.test(`openTeacherEmbeddings() changes what is kept of a base, up to ${memoryBytes} bytes in memory`, async () => {
    await withCache(async (folder) => {
      const views = countingViews(5, 2);
      const base = circleEncoder();
      const wanted = (view: number) => {
        const [x, y] = expected.subarray(2 * view, 2 * view + 2);
        return [x!, y!, Math.fround(x! + y!)];
      };
      for (const encoder of [sumEncoder(base), sumEncoder(base)]) {
        const table = await openTeacherEmbeddings(encoder, views, { memoryBytes });
        assert.deepEqual([table.rows, table.dimension], [10, 3]);
        const output = new Float32Array(6);
        table.gather([9, 4], output);
        assert.deepEqual([...output], [...wanted(9), ...wanted(4)]);
        table.close();
      }
      assert.equal(base.calls, 6, "three batches, one that checks what was kept, two the changes");
      assert.equal((await filesIn(folder)).length, 1);
    });
  });
}

const brokenChanges: Record<string, [(rows: Float32Array) => Float32Array, RegExp]> = {
  "gives NaN": [
    // In the fifth row: the spot check has four.
    (rows) => addSums(rows).fill(NaN, 12, 13),
    /sum gave .*\(NaN\) for view 4/,
  ],
  "gives another length": [(rows) => rows, /sum changed 4 embeddings to 8 numbers, expected 12/],
  "is not what the encoder does": [
    (rows) => addSums(rows).map((value) => 1.1 * value),
    /sum embeds view \d to other numbers than its change of circle's/,
  ],
};

for (const [how, [change, message]] of Object.entries(brokenChanges)) {
  Deno.test(`teacherEmbeddings() names a change that ${how}`, async () => {
    await withCache(async () => {
      const encoder = sumEncoder(circleEncoder());
      const broken = { ...encoder, changes: { base: encoder.changes!.base, change } };
      await assert.rejects(
        teacherEmbeddings(broken, countingViews(5, 2)),
        (error) => error instanceof DataError && message.test(error.message),
      );
    });
  });
}

Deno.test("teacherEmbeddings() names a teacher that gives NaN, and keeps nothing", async () => {
  await withCache(async (folder) => {
    const encoder = circleEncoder();
    const broken = {
      ...encoder,
      async encodeImages(images: Uint8Array) {
        const rows = await encoder.encodeImages(images);
        return rows.map((value, at) => viewAt(images, at >> 1) === 6 ? NaN : value);
      },
    };
    await assert.rejects(
      teacherEmbeddings(broken, countingViews(5, 2)),
      (error) =>
        error instanceof DataError &&
        /Teacher circle gave a non-finite embedding \(NaN\) for a view of sample 3/.test(
          error.message,
        ),
    );
    assert.deepEqual(await filesIn(folder), []);
  });
});
