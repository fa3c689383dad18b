import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { ConfigError } from "./errors.ts";
import { resolveRecipePaths } from "./recipe/recipe_paths.ts";
import { loadRecipe } from "./recipe/recipe.ts";
import { projectFolder } from "./files.ts";
import { userName, userPath, userPathOr, userSetting, userTable } from "./paths.ts";

/** Runs with some environment variables, undefined for those that are not set. */
function withVariables(variables: Record<string, string | undefined>, test: () => void): void {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const [name, value] of Object.entries(variables)) set(name, value);
  try {
    test();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

Deno.test("userPath() is relative to where the user stands, and knows the home folder", () => {
  const home = resolve("/home/me"), stand = resolve("/somewhere/else");
  withVariables({ HOME: home, INIT_CWD: stand }, () => {
    assert.equal(userPath("~/x"), join(home, "x"));
    assert.equal(userPath("~"), home);
    assert.equal(userPath("~x"), join(stand, "~x"));
    assert.equal(userPath("../out"), resolve(stand, "../out"));
    assert.equal(userPath(resolve("/out")), resolve("/out"));
  });
  assert.throws(() => userPath(""), ConfigError);
  // An empty variable is as good as none.
  withVariables({ INIT_CWD: "" }, () => assert.equal(userPath("x"), resolve("x")));
});

Deno.test("userName(), userSetting() and userTable() find the paths in names, settings and tables", () => {
  const home = resolve("/home/me"), stand = resolve("/here");
  withVariables({ HOME: home, INIT_CWD: stand }, () => {
    assert.equal(userName("imagefolder:~/photos"), `imagefolder:${join(home, "photos")}`);
    assert.equal(userName("file:names.txt"), `file:${join(stand, "names.txt")}`);
    assert.equal(userName("emojinet-100"), "emojinet-100");
    assert.equal(userSetting("data.a=imagefolder:b=c"), `data.a=imagefolder:${join(stand, "b=c")}`);
    assert.equal(userSetting("pretrain.alpha=1"), "pretrain.alpha=1");
    assert.equal(userSetting("nonsense"), "nonsense");
    assert.equal(userTable("own.yaml"), join(stand, "own.yaml"));
    assert.equal(userTable("table2"), "table2");
  });
});

Deno.test("userPathOr() takes an empty path for none", () => {
  assert.equal(userPathOr("", "runs/x"), resolve("runs/x"));
  assert.equal(userPathOr(undefined, "runs/x"), resolve("runs/x"));
  withVariables({ INIT_CWD: resolve("/here") }, () => {
    assert.equal(userPathOr("x", "runs/x"), join(resolve("/here"), "x"));
  });
});

Deno.test("resolveRecipePaths() is relative to the user in their recipes, to the project in ours", async () => {
  const recipe = await loadRecipe("table2");
  const own = join(projectFolder, "datasets", "imagenet-1k");
  const dataOf = ({ sizes }: typeof recipe) =>
    (sizes.paper.protocol["data"] as Record<string, string>)["imagenet"];
  const stand = resolve("/here");
  withVariables({ INIT_CWD: stand }, () => {
    const ours = resolveRecipePaths(recipe, "table2");
    assert.equal(dataOf(ours), `imagefolder:${own}`);
    // What must be there is still known by its value.
    assert.equal(ours.sizes.paper.requires[0]!.value, `imagefolder:${own}`);
    const theirs = resolveRecipePaths(recipe, "./mine.yaml");
    assert.equal(dataOf(theirs), `imagefolder:${join(stand, "datasets", "imagenet-1k")}`);
  });
});
