import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { userName, userPath, userSetting, userTable } from "./paths.ts";

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
