import assert from "node:assert/strict";
import {
  corruptionNames,
  imagenetCorruptions,
} from "../../core/data/augmentation/corruptions/strengths.ts";
import { countViews, readViews, type ViewSet } from "../../core/data/views/view_set.ts";
import { TaskError } from "../../core/errors.ts";
import { parseFigures } from "../../core/results/figures.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { metricDifference, metricInterval } from "../../core/results/statistics.ts";
import { runToy, toyCost, type ToyOptions } from "../testdata/toy_task.ts";
import { robustness } from "./robustness.ts";
import { robustnessSettings } from "./settings.ts";

const viewBytes = 3 * 8 ** 2;

/** Views of two classes, of one grey each: dark ones and light ones. */
function greys(labels: readonly number[], views: number): Uint8Array {
  return Uint8Array.from(
    { length: labels.length * views * viewBytes },
    (_, index) => labels[Math.floor(index / (views * viewBytes))] === 0 ? 60 : 130,
  );
}

/** Sees whether a view is dark, [1, 0], or light, [0, 1]. */
function lookAt(views: ViewSet): Promise<Float32Array> {
  const count = countViews(views), pixels = new Uint8Array(count * viewBytes);
  readViews(views, Uint32Array.from({ length: count }, (_, view) => view), pixels);
  const rows = Array.from({ length: count }, (_, view) => {
    const own = pixels.subarray(view * viewBytes, (view + 1) * viewBytes);
    return own.reduce((sum, value) => sum + value, 0) / viewBytes < 95 ? [1, 0] : [0, 1];
  });
  return Promise.resolve(Float32Array.from(rows.flat()));
}

const labels = { train: [0, 1, 0, 1], val: [0, 0, 1, 1, 0], ood: [1, 0] };
const toy: ToyOptions = {
  classNames: ["dark", "light"],
  labels,
  viewsPerSample: 2,
  rows: { train: [], val: [], ood: [] },
  pixels: {
    train: greys(labels.train, 1),
    val: greys(labels.val, 2),
    ood: greys(labels.ood, 2),
  },
  model: {
    featureLength: 2,
    features: lookAt,
    embeddings: lookAt,
    encodeText: (texts) =>
      Promise.resolve(
        Float32Array.from(texts.flatMap((text) => text.includes("dark") ? [1, 0] : [0, 1])),
      ),
  },
};

/** Dark grey is 60: with 0.1 of white it is 85.5, and still dark, with 0.2 it is 111. */
const settings = { corruptions: ["brightness", "contrast"] };
const valueOf = (key: string, evidence: Evidence) =>
  metricInterval(robustness.metrics.find((metric) => metric.key === key)!, [evidence]).value;
const near = (found: number, wanted: number) =>
  assert.ok(Math.abs(found - wanted) < 1e-5, `${found} is not ${wanted}`);

Deno.test("robustness counts right views by corruption and severity", async () => {
  for (const by of ["zero-shot", "linear-probe"]) {
    const { evidence, log } = await runToy(robustness, { ...toy, settings: { ...settings, by } });
    const { columns } = evidence["val"]!.tables["images"]!;
    assert.equal(Object.keys(columns).length, 2 + 2 * 5);
    assert.deepEqual([...columns["clean"]!], [2, 2, 2, 2, 2], by);
    assert.deepEqual([...columns["brightness/1"]!], [2, 2, 2, 2, 2]);
    assert.deepEqual([...columns["brightness/2"]!], [0, 0, 2, 2, 0]);
    assert.deepEqual([...columns["contrast/5"]!], [2, 2, 2, 2, 2]);
    const val = evidence["val"]!;
    near(valueOf("clean-accuracy", val), 100);
    near(valueOf("brightness", val), 100 * (3 * 0.2 + 2) / 5);
    near(valueOf("corrupted-accuracy", val), 76);
    near(valueOf("corruption-error", val), 24);
    near(valueOf("lost-accuracy", val), 24);
    near(valueOf("relative-accuracy", val), 76);
    near(valueOf("severity-1", val), 100);
    near(valueOf("severity-2", val), 70);
    near(valueOf("brightness-5", val), 40);
    near(valueOf("corrupted-accuracy", evidence["ood"]!), 80);
    assert.deepEqual(log.warnings, []);
    const { figures } = parseFigures(log.files.get("figures.json")!, "figures.json");
    assert.deepEqual(figures.map(({ id, split }) => [id, split]), [
      ["severities", "val"],
      ["corruptions", "val"],
    ]);
    const [lines, bars] = figures;
    assert.ok(lines?.kind === "lines" && bars?.kind === "bars");
    assert.deepEqual(lines.lines[0]!.y, [100, 100, 70, 70, 70, 70]);
    assert.deepEqual(bars.bars.map(({ value }) => value), [100, 52, 100]);
  }
});

Deno.test("robustness takes some severities in any order, and pairs two models", async () => {
  const some = { corruptions: ["brightness"], severities: [5, 1] };
  const { evidence, log } = await runToy(robustness, { ...toy, settings: some });
  near(valueOf("corrupted-accuracy", evidence["val"]!), 70);
  const figures = parseFigures(log.files.get("figures.json")!, "figures.json").figures;
  const [lines] = figures;
  assert.ok(lines?.kind === "lines");
  assert.deepEqual(lines.lines[0]!.x, [0, 1, 5]);
  const blind = { ...toy.model, embeddings: () => Promise.resolve(new Float32Array(20)) };
  const other = await runToy(robustness, {
    ...toy,
    labels: { train: labels.train, val: labels.val },
    model: blind,
    settings: some,
  });
  const { difference, n } = metricDifference(
    robustness.metrics[0]!,
    [evidence["val"]!],
    [other.evidence["val"]!],
  );
  // Rows of zeros are all taken for the first class.
  near(difference, 60 - 70);
  assert.equal(n, 5);
});

Deno.test("robustness names a corruption that was not measured", async () => {
  const { evidence } = await runToy(robustness, { ...toy, settings });
  assert.throws(
    () => valueOf("motion-blur-3", evidence["val"]!),
    (error) =>
      error instanceof TaskError &&
      /expected views with corruption \(motion blur, severity 3\), got views, clean, brightness\/1/
        .test(error.message),
  );
});

Deno.test("robustness has ImageNet-C's settings by default, needs by settings, and a plan", async () => {
  const defaults = robustnessSettings.parse({});
  assert.deepEqual(defaults.corruptions, [...imagenetCorruptions]);
  assert.equal(imagenetCorruptions.length, 14);
  assert.ok(!imagenetCorruptions.includes("gaussian-blur"), "it is of the extra set");
  assert.match(
    robustnessSettings.safeParse({ corruptions: ["frost"] }).error!.issues[0]!.message,
    /frost of ImageNet-C is made of photographs/,
  );
  assert.deepEqual(defaults.severities, [1, 2, 3, 4, 5]);
  assert.deepEqual([defaults.by, defaults.strengths], ["zero-shot", "imagenet-c"]);
  assert.deepEqual(robustness.needsOf!(defaults), ["embeddings", "text"]);
  assert.deepEqual(robustness.needsOf!({ ...defaults, by: "linear-probe" }), ["features"]);
  for (
    const wrong of [
      { severities: [] },
      { severities: [0] },
      { severities: [1, 1] },
      { corruptions: ["frost"] },
      { corruptions: ["contrast", "contrast"] },
    ]
  ) assert.equal(robustnessSettings.safeParse(wrong).success, false, JSON.stringify(wrong));
  const images = (5 + 2) * 2 * (1 + 2 * 5);
  assert.deepEqual(await toyCost(robustness, { ...toy, settings }, 7), {
    images,
    steps: 0,
    macs: images * 7,
  });
  const probe = { ...settings, by: "linear-probe" };
  assert.equal((await toyCost(robustness, { ...toy, settings: probe }, 7)).images, images + 4);
  assert.equal(
    new Set(robustness.metrics.map(({ key }) => key)).size,
    3 + 2 + 5 + corruptionNames.length * 6,
  );
});
