import assert from "node:assert/strict";
import { ConfigError, DataError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";
import { type LabelledEmbeddings, measureGeometry, measureSharpness } from "./geometry.ts";

function near(actual: number, expected: number, what: string, tolerance = 1e-6): void {
  assert(Math.abs(actual - expected) < tolerance, `${what}: expected ${expected}, got ${actual}`);
}

/** Random unit rows. */
function unitRows(random: RandomStream, count: number, dimension: number): Float32Array {
  const rows = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const values = Array.from({ length: dimension }, () => random.normal() + 0.5);
    const length = Math.hypot(...values);
    values.forEach((value, column) => rows[row * dimension + column] = value / length);
  }
  return rows;
}

function randomEmbeddings(): LabelledEmbeddings {
  const random = new RandomStream(1, "geometry");
  const dimension = 5;
  return {
    images: unitRows(random, 7, dimension),
    labels: [0, 1, 2, 3, 0, 1, 2],
    texts: unitRows(random, 4, dimension),
    dimension,
  };
}

/** All cosines between two lists of rows. */
function cosines(a: Float32Array, b: Float32Array, dimension: number): number[][] {
  const rows = (x: Float32Array) =>
    Array.from(
      { length: x.length / dimension },
      (_, row) => [...x.subarray(row * dimension, (row + 1) * dimension)],
    );
  return rows(a).map((p) =>
    rows(b).map((q) => p.reduce((sum, value, i) => sum + value * q[i]!, 0))
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("measureGeometry() equals the means over all pairs", () => {
  const embeddings = randomEmbeddings();
  const { images, labels, texts, dimension } = embeddings;
  const actual = measureGeometry(embeddings);
  const within = (rows: Float32Array) =>
    mean(cosines(rows, rows, dimension).flatMap((row, i) => row.filter((_, j) => i !== j)));
  const across = cosines(images, texts, dimension);
  near(actual.imageImage, within(images), "image–image");
  near(actual.textText, within(texts), "text–text");
  near(actual.matched, mean(across.map((row, i) => row[labels[i]!]!)), "matched");
  near(
    actual.unmatched,
    mean(across.flatMap((row, i) => row.filter((_, j) => j !== labels[i]))),
    "unmatched",
  );
  const agreed = across.filter((row, i) => row.indexOf(Math.max(...row)) === labels[i]).length;
  near(actual.labelAgreement, 100 * agreed / 7, "label agreement");
});

Deno.test("measureGeometry() finds the distance of two cones", () => {
  // Images around (1, 0, 0), texts around (0, 1, 0), each a step to either side.
  const a = Math.SQRT1_2;
  const actual = measureGeometry({
    images: Float32Array.of(a, 0, a, a, 0, -a),
    labels: [0, 1],
    texts: Float32Array.of(0, a, a, 0, a, -a),
    dimension: 3,
  });
  near(actual.imageImage, 0, "image–image");
  near(actual.matched, 0.5, "matched");
  near(actual.unmatched, -0.5, "unmatched");
  near(actual.gap, 1, "gap");
  near(actual.labelAgreement, 100, "label agreement");
});

Deno.test("measureSharpness() equals softmax by its definition", () => {
  const embeddings = randomEmbeddings();
  const { images, texts, dimension } = embeddings;
  const temperature = 0.05;
  const rows = cosines(images, texts, dimension).map((row) => {
    const powers = row.map((value) => Math.exp(value / temperature));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.map((value) => value / sum);
  });
  const actual = measureSharpness(embeddings, temperature);
  near(actual.meanMaximum, mean(rows.map((row) => Math.max(...row))), "maximum");
  const entropy = (row: readonly number[]) => -row.reduce((sum, p) => sum + p * Math.log(p), 0);
  near(actual.meanEntropy, mean(rows.map(entropy)), "entropy");
  // Hot: nearly uniform over four; cold: one alone, without overflow.
  near(measureSharpness(embeddings, 1e6).meanEntropy, Math.log(4), "hot");
  near(measureSharpness(embeddings, 1e-5).meanMaximum, 1, "cold");
});

Deno.test("measureGeometry() refuses what does not fit together", () => {
  const embeddings = randomEmbeddings();
  const refused = (changed: Partial<LabelledEmbeddings>, message: RegExp) =>
    assert.throws(() => measureGeometry({ ...embeddings, ...changed }), (error) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  refused({ labels: [0, 1] }, /2 labels for 7 images/);
  refused({ labels: [0, 1, 2, 3, 4, 0, 0] }, /label 4 of image 4, expected 0 to 3/);
  refused({ texts: embeddings.texts.subarray(0, 5) }, /1 texts, expected two or more/);
  assert.throws(() => measureSharpness(embeddings, 0), /temperature: expected above 0, got 0/);
});

Deno.test("measureGeometry() and measureSharpness() refuse embeddings that are not finite", () => {
  const embeddings = randomEmbeddings();
  const { dimension } = embeddings;
  for (const [kind, key] of [["image", "images"], ["text", "texts"]] as const) {
    const rows = embeddings[key].slice();
    rows[2 * dimension + 1] = NaN;
    const changed = { ...embeddings, [key]: rows };
    for (const measure of [measureGeometry, () => measureSharpness(changed, 0.1)]) {
      assert.throws(() => measure(changed), (error) => {
        assert(error instanceof DataError);
        return error.message.includes(`got NaN in ${kind} 2`);
      });
    }
  }
});
