import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../files.ts";
import { type Plan, planJobs, planRows } from "./plan.ts";
import { loadRecipe } from "./recipe.ts";
import { type ResolvedRecipe, resolveRecipe } from "./resolve_recipe.ts";
import { testCatalog as catalog } from "./testdata/catalog.ts";
import { type ContentChanges, makeContents } from "./testdata/contents.ts";

const folder = join(projectFolder, "pipeline", "testdata");

async function plan(
  set: string[] = [],
  changes: ContentChanges = {},
  change: (recipe: ResolvedRecipe) => ResolvedRecipe = (recipe) => recipe,
): Promise<Plan> {
  const recipe = await loadRecipe("tiny", { folder });
  const rows = planRows(change(resolveRecipe(recipe, { size: "mini", set, catalog })), [0]);
  return planJobs(rows, makeContents(changes), { seeds: [0] });
}

/** Keys of the trainings by id. */
function trainKeys({ models }: Plan): Record<string, string> {
  return Object.fromEntries(models.flatMap(({ train }) => train ? [[train.id, train.key]] : []));
}

/** Keys of the measurements by id. */
function measureKeys({ models }: Plan): Record<string, string> {
  return Object.fromEntries(
    models.flatMap(({ measures }) => measures.map(({ id, key }) => [id, key])),
  );
}

/** Ids of which the keys differ. */
function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(before).filter((id) => before[id] !== after[id]);
}

const lgdRows = ["good-lgd.seed0", "other.seed0"];

Deno.test("a further column, or another setting of a task, changes the key of no training", async () => {
  const before = await plan();
  const column = (recipe: ResolvedRecipe) => ({
    ...recipe,
    columns: [...recipe.columns, { ...recipe.columns[1]!, id: "more", settings: { epochs: 9 } }],
  });
  const wider = await plan([], {}, column);
  assert.deepEqual(trainKeys(wider), trainKeys(before));
  assert.deepEqual(changed(measureKeys(before), measureKeys(wider)), []);
  const other = await plan(["tasks.linear-probe.epochs=3"]);
  assert.deepEqual(trainKeys(other), trainKeys(before));
  // The teacher has no linear probe here: its numbers stay.
  assert.deepEqual(changed(measureKeys(before), measureKeys(other)), [
    "good-seed.seed0.lp",
    "good-lgd.seed0.lp",
    "other.seed0.lp",
  ]);
});

Deno.test("a key follows its settings, its seed and its contents, and nothing else", async () => {
  const before = await plan();
  assert.equal(new Set(Object.values(trainKeys(before))).size, 4);
  const trained = ["good-seed.seed0", ...lgdRows];
  const trainings = async (...args: Parameters<typeof plan>) =>
    changed(trainKeys(before), trainKeys(await plan(...args)));
  assert.deepEqual(await trainings(["methods.lgd.bankMomentum=0.5"]), lgdRows);
  assert.deepEqual(await trainings(["methods.seed.queueSize=40"]), ["good-seed.seed0"]);
  assert.deepEqual(await trainings(["pretrain.batchSize=20"]), trained);
  assert.deepEqual(await trainings([], { methodVersion: 2 }), trained);
  assert.deepEqual(await trainings([], { data: "other" }), trained);
  assert.deepEqual(await trainings([], { plugins: { student: "1" } }), trained);
  const teacher = await trainings([], { teacher: "other weights" });
  assert.deepEqual(teacher, ["teacher.seed0", ...trained]);
  // Nothing is drawn anew, and no prompts but the task's are used.
  assert.deepEqual(await trainings(["pretrain.templates=emoji"]), []);
  assert.deepEqual(await trainings(["pretrain.views=fresh"]), trained);
  assert.deepEqual(
    changed(
      trainKeys(await plan(["pretrain.views=fresh"])),
      trainKeys(
        await plan(["pretrain.views=fresh", "pretrain.viewsPerImage=7"]),
      ),
    ),
    [],
  );
  const versions = measureKeys(await plan([], { taskVersions: { "zero-shot": 2 } }));
  assert.deepEqual(
    changed(measureKeys(before), versions).filter((id) => !id.endsWith(".zs")),
    [],
  );
  assert.notEqual(measureKeys(before)["teacher.seed0.zs"], versions["teacher.seed0.zs"]);
});

Deno.test("class names and prompts of a task change the keys of the rows that name it", async () => {
  const before = trainKeys(await plan());
  for (const changes of [{ classNames: ["dog", "wolf"] }, { templates: ["an icon of a {}"] }]) {
    assert.deepEqual(changed(before, trainKeys(await plan([], changes))), lgdRows);
  }
});

Deno.test("rows that only differ in their names share a training", async () => {
  const { models } = await plan();
  const shared = models.filter(({ train }) => train?.rowIds.includes("good-lgd-again"));
  assert.deepEqual(shared.map(({ train }) => train!.rowIds), [["good-lgd", "good-lgd-again"]]);
});

Deno.test("trainKey() and measureKey() name threads only where there are several", async () => {
  const recipe = await loadRecipe("tiny", { folder });
  const rows = planRows(resolveRecipe(recipe, { size: "mini", set: [], catalog }), [0]);
  const of = (threads?: number) =>
    planJobs(rows, makeContents(), { seeds: [0], ...(threads === undefined ? {} : { threads }) });
  assert.deepEqual(trainKeys(of(1)), trainKeys(of()));
  assert.deepEqual(measureKeys(of(1)), measureKeys(of()));
  // The teacher is not trained; what is measured of it is computed here all the same.
  const trained = changed(trainKeys(of()), trainKeys(of(2)));
  assert.deepEqual(trained, Object.keys(trainKeys(of())).filter((id) => !id.startsWith("teacher")));
  assert.deepEqual(changed(measureKeys(of()), measureKeys(of(2))), Object.keys(measureKeys(of())));
  assert.equal(changed(trainKeys(of(2)), trainKeys(of(3))).length, trained.length);
});

Deno.test("the key of a teacher as it is follows the plug-in that brought it", async () => {
  const before = trainKeys(await plan());
  const after = trainKeys(await plan([], { plugins: { teacher: "a hash" } }));
  const teacher = Object.keys(before).find((id) => id.startsWith("teacher"))!;
  assert.notEqual(after[teacher], before[teacher]);
});
