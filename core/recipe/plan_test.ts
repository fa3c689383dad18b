import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { countSteps, estimateWork } from "./cost.ts";
import { planJobs, planRows } from "./plan.ts";
import { loadRecipe } from "./recipe.ts";
import { checkRequirements } from "./requirements.ts";
import { resolveRecipe } from "./resolve_recipe.ts";
import { testCatalog as catalog } from "./testdata/catalog.ts";
import { makeContents } from "./testdata/contents.ts";

const folder = join(projectFolder, "pipeline", "testdata");

async function resolveTiny(size = "mini", set: string[] = []) {
  return resolveRecipe(await loadRecipe("tiny", { folder }), { size, set, catalog });
}

async function planTiny(
  seeds: number[],
  { size = "mini", set = [], cells }: { size?: string; set?: string[]; cells?: string } = {},
) {
  const rows = planRows(await resolveTiny(size, set), seeds);
  return planJobs(rows, makeContents(), { seeds, ...(cells === undefined ? {} : { cells }) });
}

Deno.test("planJobs() has a model per training and seed, one for the teacher, one per baseline", async () => {
  const plan = await planTiny([0, 1]);
  assert.deepEqual(plan.models.map(({ id }) => id), [
    "pixel",
    "teacher.seed0",
    "good-seed.seed0",
    "good-lgd.seed0",
    "other.seed0",
    "good-seed.seed1",
    "good-lgd.seed1",
    "other.seed1",
  ]);
  const shared = plan.models.find(({ id }) => id === "good-lgd.seed1")!;
  assert.deepEqual(shared.train!.rowIds, ["good-lgd", "good-lgd-again"]);
  assert.deepEqual(shared.measures.map(({ columns }) => columns.map((c) => [c.row, c.column])), [
    [["good-lgd", "zs"], ["good-lgd-again", "zs"]],
    [["good-lgd", "lp"]],
  ]);
  assert.equal(shared.train!.spec.epochs, 2);
  assert.equal((shared.train!.spec.text as { data: string }).data, "emojinet-100");
  const other = plan.models.find(({ id }) => id === "other.seed0")!;
  assert.equal(other.train!.spec.settings["alpha"], 0.25);
  const pixel = plan.models[0]!;
  assert.equal(pixel.train, null);
  assert.equal(pixel.measures[0]!.spec.task, "pixel-nearest-neighbour");
});

Deno.test("a size may run some rows only", async () => {
  const plan = await planTiny([0], { size: "smoke" });
  assert.deepEqual(plan.models.map(({ id }) => id), ["good-seed.seed0"]);
});

Deno.test("--cells chooses by glob on cells and rows", async () => {
  const chosen = async (cells: string) =>
    (await planTiny([0, 1], { cells })).chosen.map(({ id }) => id);
  assert.deepEqual(await chosen("*.seed1"), ["good-seed.seed1", "good-lgd.seed1", "other.seed1"]);
  assert.deepEqual(await chosen("good-{seed,lgd-again}"), [
    "good-seed.seed0",
    "good-lgd.seed0",
    "good-seed.seed1",
    "good-lgd.seed1",
  ]);
  assert.equal((await planTiny([0], { cells: "other*" })).models.length, 5);
  await assert.rejects(chosen("othr"), /matches no training. Did you mean "other"/);
  await assert.rejects(chosen("{a"), /is not closed/);
});

Deno.test("columns that show other metrics of one measurement share it", async () => {
  const recipe = await resolveTiny();
  const [first, second] = recipe.columns;
  const column = { ...first!, id: "zs5", metric: "top5" };
  const rows = planRows({ ...recipe, columns: [first!, column, second!] }, [0]);
  const { models } = planJobs(rows, makeContents(), { seeds: [0] });
  const { measures } = models.find(({ id }) => id === "other.seed0")!;
  assert.deepEqual(measures.map(({ columns }) => columns.map((c) => [c.column, c.metric])), [
    [["zs", "top1"], ["zs5", "top5"]],
    [["lp", "top1"]],
  ]);
});

Deno.test("checkRequirements() names what is missing and where it goes", async () => {
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

Deno.test("estimateWork() counts images and steps", async () => {
  assert.equal(countSteps(12, 12000, 128), 1116);
  assert.equal(countSteps(0, 12000, 128), 0);
  assert.equal(countSteps(0.01, 100, 128), 1);
  assert.equal(countSteps(3, 100, 128), 3);
  const trainings = async (set: string[] = []) =>
    (await planTiny([0], { set })).models.flatMap(({ train }) => train ?? []);
  const work = await estimateWork(await trainings(), () => Promise.resolve(50));
  assert.deepEqual(work.get("teacher.seed0"), { images: 0, steps: 0 });
  assert.deepEqual(work.get("good-lgd.seed0"), { images: 100, steps: 20 });
  const fresh = await estimateWork(
    await trainings(["pretrain.views=fresh"]),
    () => Promise.resolve(50),
  );
  assert.deepEqual(fresh.get("good-lgd.seed0"), { images: 50, steps: 10 });
});
