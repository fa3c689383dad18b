import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../core/files.ts";
import { distill } from "./distill.ts";
import { evaluate } from "./evaluate.ts";
import { reproduce } from "./reproduce.ts";

/** Runs two real trainings of the smoke table and returns what must not depend on them. */
async function runCells(out: string, jobs: number) {
  const { result, failures } = await reproduce({
    table: "table2",
    size: "smoke",
    out,
    jobs,
    store: join(out, "store"),
    cells: "{rn18-seed,rn18-lgd-90}.seed0",
    set: [
      "tasks.linear-probe.epochs=1",
      "tasks.semi-supervised.linearProbe.epochs=1",
      "lengths.long=0.3",
    ],
    renderReport: () => Promise.resolve(""),
  });
  assert.equal(failures.size, 0);
  const weights = await Promise.all(
    ["rn18-seed.seed0", "rn18-lgd-90.seed0"].map(async (id) =>
      sha256(await Deno.readFile(join(out, "models", `${id}.safetensors`)))
    ),
  );
  return { weights, cells: result.cells, curves: result.curves };
}

Deno.test("reproduce gives the same numbers with one job at a time and with two, and when it starts again", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const one = await runCells(join(folder, "one"), 1);
    const two = await runCells(join(folder, "two"), 2);
    assert.deepEqual(two, one);
    assert.notEqual(one.weights[0], one.weights[1]);
    // What a table trained and measured is found by the other commands, by the same settings.
    const store = join(folder, "one", "store");
    const checkpoint = join(folder, "one", "models", "rn18-seed.seed0.safetensors");
    const set = ["tasks.linear-probe.epochs=1"];
    const evaluation = await evaluate({
      checkpoint,
      task: "linear-probe",
      size: "smoke",
      set,
      store,
    });
    assert.equal(evaluation.ran, false);
    const probe = one.cells.find(({ id }) => id === "rn18-seed.lp_in1k_100pct.val")!;
    assert.equal(evaluation.metrics[0]!.splits[0]!.value, probe.value);
    const { ran, student } = await distill({
      method: "seed",
      // What the rows of the size are trained on.
      data: "emojinet-100",
      size: "smoke",
      epochs: 0.3,
      out: join(folder, "distilled"),
      store,
    });
    assert.equal(ran, false);
    assert.deepEqual(await Deno.readFile(student), await Deno.readFile(checkpoint));
    const measured = one.cells.filter(({ status }) => status === "measured");
    assert.ok(measured.length > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
