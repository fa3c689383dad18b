import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { memoryTable } from "./embedding_table.ts";
import { teacherNeighbours } from "./teacher_neighbours.ts";

Deno.test("teacherNeighbours() ranks the other samples by the cosine of their mean embeddings", () => {
  const samples = 12, viewsPerSample = 3, dimension = 5, count = 4;
  const random = new RandomStream(3, "embeddings");
  const data = Float32Array.from(
    { length: samples * viewsPerSample * dimension },
    () => random.normal(),
  );
  const means = Array.from({ length: samples }, (_, sample) => {
    const sum = new Array<number>(dimension).fill(0);
    for (let place = 0; place < viewsPerSample * dimension; place++) {
      sum[place % dimension]! += data[sample * viewsPerSample * dimension + place]!;
    }
    const length = Math.hypot(...sum);
    return sum.map((value) => value / length);
  });
  const cosine = (a: number, b: number) =>
    means[a]!.reduce((sum, value, place) => sum + value * means[b]![place]!, 0);
  const wanted = means.flatMap((_, sample) =>
    means.map((_, other) => other).filter((other) => other !== sample)
      .sort((a, b) => cosine(sample, b) - cosine(sample, a)).slice(0, count)
  );
  const table = memoryTable(data, dimension);
  assert.deepEqual([...teacherNeighbours(table, { viewsPerSample, count })], wanted);
});

Deno.test("teacherNeighbours() takes the first of equally near samples, and refuses too few", () => {
  const table = memoryTable(new Float32Array(4 * 2).fill(1), 2);
  const neighbours = teacherNeighbours(table, { viewsPerSample: 1, count: 2 });
  assert.deepEqual([...neighbours], [1, 2, 0, 2, 0, 1, 0, 1]);
  assert.throws(
    () => teacherNeighbours(table, { viewsPerSample: 2, count: 2 }),
    (error) => error instanceof ConfigError && /2 neighbours .* among 2 images/.test(error.message),
  );
});
