import assert from "node:assert/strict";
import { join } from "node:path";
import { mobilenetV2 } from "../../../students/mobilenet_v2.ts";
import { backboneOf } from "../../../students/testdata/parity_step.ts";
import { formatCheckedJson } from "../../checked_json.ts";
import { ConfigError, GraphError } from "../../errors.ts";
import { moveCacheFolder } from "../../files.ts";
import type { ChosenAlgorithm } from "../../onnx/graph.ts";
import type { ChooseAlgorithm } from "../../onnx/algorithm.ts";
import { smallBatch, smallSizes, smallTrainingStep } from "../testdata/small_training.ts";
import { Trainer } from "../trainer.ts";
import { resolveAlgorithms } from "./stored_algorithms.ts";
import { autotune, followTable } from "./autotune.ts";

const backbone = backboneOf(mobilenetV2, {
  imageSize: smallSizes.imageSize,
  widthMultiplier: 0.125,
});
const build = (chooseAlgorithm?: ChooseAlgorithm) =>
  smallTrainingStep(backbone, chooseAlgorithm ? { chooseAlgorithm } : {}).algorithms;

/** Questions that have several answers. */
function open(algorithms: ReadonlyMap<string, ChosenAlgorithm>): ChosenAlgorithm[] {
  return [...algorithms.values()].filter(({ request }) => request.candidates.length > 1);
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  moveCacheFolder(join(folder, "cache"));
  try {
    await test(folder);
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("every algorithm of every operation trains alike", async () => {
  const lossesOf = async (choose: ChooseAlgorithm) => {
    const step = smallTrainingStep(backbone, { chooseAlgorithm: choose });
    const trainer = await Trainer.create(step, { seed: 4 });
    const losses: number[] = [];
    // A small rate: rounding grows in a network whose BatchNorm sees few numbers.
    for (let index = 0; index < 2; index++) {
      losses.push((await trainer.step(smallBatch(index), 1e-3)).loss);
    }
    await trainer.release();
    return losses;
  };
  const expected = await lossesOf(() => undefined);
  const algorithms = new Set(open(build()).flatMap(({ request }) => request.candidates));
  // What the student has: of the rest, the convolution's own tests know.
  for (const algorithm of ["joined columns", "column phases", "volume", "pixels", "rows", "taps"]) {
    assert(
      algorithms.has(algorithm),
      `no operation of the student can be computed by ${algorithm}`,
    );
  }
  for (const algorithm of algorithms) {
    const losses = await lossesOf(({ candidates }) =>
      candidates.includes(algorithm) ? algorithm : undefined
    );
    losses.forEach((loss, index) =>
      assert(
        Math.abs(loss / expected[index]! - 1) < 1e-4,
        `${algorithm}: ${losses}, expected ${expected}`,
      )
    );
  }
});

Deno.test("autotune() measures every algorithm of every question once, and the table answers all", async () => {
  const { table, measured } = await autotune(build, { known: {}, threads: 1 });
  for (const [key, { chosen, milliseconds }] of Object.entries(measured)) {
    const times = Object.values(milliseconds);
    assert(times.length > 1 && times.every((time) => time > 0), key);
    const least = Math.min(...times), own = times[0]!;
    // The rule's own algorithm stays unless another is clearly quicker; then the quickest is taken.
    const expected = least < 0.95 * own ? least : own;
    assert.equal(milliseconds[chosen], expected, key);
  }
  const taken = build(followTable(table));
  assert.deepEqual(
    open(taken).map(({ request, chosen }) => [request.key, chosen]).toSorted(),
    Object.entries(table).toSorted(),
  );
  const again = await autotune(build, { known: table, threads: 1 });
  assert.deepEqual([again.table, again.measured], [table, {}]);
});

Deno.test("resolveAlgorithms() keeps a training's algorithms, and a machine's measurements", () =>
  inFolder(async (folder) => {
    const options = { threads: 1, path: join(folder, "first.json") };
    assert.equal(await resolveAlgorithms(build, { ...options, source: "rules" }), undefined);
    const first = await resolveAlgorithms(build, { ...options, source: "measured" });
    assert(Object.keys(first!.table).length > 3);
    // From the cache: nothing is measured.
    let measuredAgain = 0;
    const second = await resolveAlgorithms(build, {
      ...options,
      source: "measured",
      path: join(folder, "second.json"),
      onProgress: () => measuredAgain++,
    });
    assert.deepEqual([second!.table, measuredAgain], [first!.table, 0]);
    // The folder's own file wins: a training goes on as it began.
    const [key] = Object.keys(first!.table);
    const { candidates } = open(build()).find(({ request }) => request.key === key)!.request;
    const other = candidates.find((algorithm) => algorithm !== first!.table[key!])!;
    await Deno.writeTextFile(options.path, formatCheckedJson({ [key!]: other }));
    const resumed = await resolveAlgorithms(build, { ...options, source: "measured" });
    assert.deepEqual(resumed!.table, { [key!]: other });
    assert.equal(build(resumed!.choose).get(key!)!.chosen, other);
    // A damaged file gives a warning.
    await Deno.writeTextFile(options.path, "{");
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const again = await resolveAlgorithms(build, { ...options, source: "measured", onWarning });
    assert.deepEqual(again!.table, first!.table);
    assert.match(warnings.join(), /first\.json is damaged/);
    // So does one that was changed, and one without its checksum.
    const changed = formatCheckedJson({ [key!]: first!.table[key!]! }).replace(key!, `${key!} `);
    for (const text of [changed, JSON.stringify({ [key!]: other })]) {
      await Deno.writeTextFile(options.path, text);
      const mended = await resolveAlgorithms(build, { ...options, source: "measured", onWarning });
      assert.deepEqual(mended!.table, first!.table);
    }
    assert.match(warnings[1]!, /first\.json is damaged .*checksum is wrong/);
    assert.match(warnings[2]!, /first\.json is damaged .*no checksum/);
  }));

Deno.test("resolveAlgorithms() takes a file of the user, and says what is wrong with it", () =>
  inFolder(async (folder) => {
    const file = join(folder, "algorithms.json");
    const resolve = (content: unknown, name: string) =>
      Deno.writeTextFile(file, typeof content === "string" ? content : JSON.stringify(content))
        .then(() =>
          resolveAlgorithms(build, {
            source: `file:${file}`,
            path: join(folder, name),
            threads: 1,
          })
        );
    const { request } = open(build())[0]!;
    const algorithm = request.candidates.at(-1)!;
    const good = await resolve({ [request.key]: algorithm }, "good.json");
    assert.equal(build(good!.choose).get(request.key)!.chosen, algorithm);
    const wrong: [unknown, RegExp][] = [
      ["[", /algorithms\.json: .*JSON/],
      [[1], /algorithms\.json: /],
      [{ "convolution: of nobody": "volume" }, /this training has no "convolution: of nobody"/],
      [{ [request.key]: "winograd" }, /by "winograd": expected .* or /],
    ];
    for (const [content, message] of wrong) {
      await assert.rejects(
        resolve(content, "bad.json"),
        (error: Error) => error instanceof ConfigError && message.test(error.message),
        String(message),
      );
    }
    await assert.rejects(
      resolveAlgorithms(build, {
        source: `file:${folder}/none.json`,
        path: join(folder, "none"),
        threads: 1,
      }),
      (error: Error) => error instanceof ConfigError && /there is no file/.test(error.message),
    );
    assert.throws(() => build(() => "winograd"), GraphError);
  }));
