import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { checkNames, checkRequirements, globToRegExp, planCells } from "./plan.ts";
import { loadRecipe, resolveRecipe } from "./recipe.ts";
import { countSteps, estimateWork } from "./cost.ts";

const folder = join(projectFolder, "pipeline", "testdata");

async function resolveTiny(size = "mini", set: string[] = []) {
  return resolveRecipe(await loadRecipe("tiny", { folder }), { size, set });
}

Deno.test("planCells makes a cell per training and seed, one for the teacher", async () => {
  const plan = planCells(await resolveTiny(), { seeds: [0, 1] });
  assert.deepEqual(plan.cells.map(({ id }) => id), [
    "teacher.seed0",
    "good-seed.seed0",
    "good-lgd.seed0",
    "other.seed0",
    "good-seed.seed1",
    "good-lgd.seed1",
    "other.seed1",
  ]);
  const shared = plan.cells.find(({ id }) => id === "good-lgd.seed1")!;
  assert.deepEqual(shared.rowIds, ["good-lgd", "good-lgd-again"]);
  assert.deepEqual(shared.tasks.map(({ column }) => column), ["zs", "lp"]);
  assert.equal(shared.pretrain.epochs, 2);
  assert.equal(shared.pretrain.text, "emojinet-100");
  const other = plan.cells.find(({ id }) => id === "other.seed0")!;
  assert.equal(other.pretrain.options["alpha"], 0.25);
  assert.equal(plan.baselines.length, 1);
});

Deno.test("a cell's hash follows its settings and its seed, and nothing else", async () => {
  const plan = planCells(await resolveTiny(), { seeds: [0, 1] });
  assert.equal(new Set(plan.cells.map(({ hash }) => hash)).size, plan.cells.length);
  const again = planCells(await resolveTiny(), { seeds: [0] });
  assert.equal(again.cells[1]!.hash, plan.cells[1]!.hash);
  const changed = planCells(await resolveTiny("mini", ["linearProbe.epochs=3"]), { seeds: [0] });
  assert.notEqual(changed.cells[1]!.hash, plan.cells[1]!.hash);
  // The teacher has no linear probe here: its numbers stay.
  assert.equal(changed.cells[0]!.hash, plan.cells[0]!.hash);
});

Deno.test("a size may run some rows only", async () => {
  const plan = planCells(await resolveTiny("smoke"), { seeds: [0] });
  assert.deepEqual(plan.cells.map(({ id }) => id), ["good-seed.seed0"]);
  assert.equal(plan.baselines.length, 0);
});

Deno.test("--cells chooses by glob on cells and rows", async () => {
  const recipe = await resolveTiny();
  const chosen = (cells: string) =>
    planCells(recipe, { seeds: [0, 1], cells }).chosen.map(({ id }) => id);
  assert.deepEqual(chosen("*.seed1"), ["good-seed.seed1", "good-lgd.seed1", "other.seed1"]);
  assert.deepEqual(chosen("good-{seed,lgd-again}"), [
    "good-seed.seed0",
    "good-lgd.seed0",
    "good-seed.seed1",
    "good-lgd.seed1",
  ]);
  assert.equal(planCells(recipe, { seeds: [0], cells: "other*" }).cells.length, 4);
  assert.throws(() => chosen("othr"), /no cell fits. Did you mean "other"/);
  assert.throws(() => chosen("{a"), /is not closed/);
  assert.ok(globToRegExp("a.b?").test("a.bc") && !globToRegExp("a.b?").test("axbc"));
});

Deno.test("checkNames lists every unknown name", async () => {
  const set = ["students.S=resnet8", "data.imagenet=emojinet-10"];
  const plan = planCells(await resolveTiny("mini", set), { seeds: [0] });
  assert.throws(
    () =>
      checkNames(plan, { student: ["resnet18"], dataset: ["emojinet-100"], task: ["zero-shot"] }),
    (error: Error) =>
      /"resnet8". Did you mean "resnet18"/.test(error.message) &&
      /"emojinet-10". Did you mean "emojinet-100"/.test(error.message) &&
      /task "linear-probe"/.test(error.message),
  );
});

Deno.test("checkRequirements names what is missing and where it goes", async () => {
  await assert.rejects(
    checkRequirements(await resolveTiny("paper"), { folder: "/nowhere" }),
    (error) =>
      error instanceof DataError && error.exitCode === 3 &&
      /data.imagenet = imagefolder:nowhere: photos\n +put it at .nowhere.nowhere/.test(
        error.message,
      ) &&
      /teachers.main = big: the big teacher/.test(error.message),
  );
  await checkRequirements(await resolveTiny());
  const here = `data.imagenet=imagefolder:${folder}`;
  await checkRequirements(await resolveTiny("paper", [here, "teachers.main=small"]));
  await assert.rejects(
    checkRequirements(await resolveTiny("mini", ["data.imagenet=imagefolder:/not/there"])),
    /there is no folder \/not\/there/,
  );
});

Deno.test("estimateWork counts images and steps", async () => {
  assert.equal(countSteps(12, 12000, 128), 1116);
  assert.equal(countSteps(0, 12000, 128), 0);
  assert.equal(countSteps(0.01, 100, 128), 1);
  const plan = planCells(await resolveTiny(), { seeds: [0] });
  const work = await estimateWork(plan.cells, () => Promise.resolve(50));
  assert.deepEqual(work.get("teacher.seed0"), { images: 0, steps: 0 });
  assert.deepEqual(work.get("good-lgd.seed0"), { images: 100, steps: 20 });
});
