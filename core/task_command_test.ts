import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "./files.ts";
import { denoCommand, quoteWord, taskCommand } from "./task_command.ts";

Deno.test({
  name: "quoteWord() gives words that a shell reads back, control characters too",
  ignore: Deno.build.os === "windows",
  async fn() {
    const words = [
      "plain-1.0/a_b",
      "",
      "two words",
      "~/x",
      "it's",
      '"$HOME" `id` \\ !',
      "rn18-{seed,lgd}.*",
      "=zsh",
      "line\nbreak and tab\t",
      "\x1b[31m\u202e猫",
    ];
    const line = words.map((word) => quoteWord(word)).join(" ");
    // deno-lint-ignore no-control-regex -- it is printed
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/);
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", `printf '%s\\0' ${line}`],
    }).output();
    assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), words);
  },
});

Deno.test("quoteWord() quotes for Windows with double quotes", () => {
  assert.equal(quoteWord("C:\\photos\\a", "windows"), "C:\\photos\\a");
  assert.equal(quoteWord("C:\\my photos", "windows"), '"C:\\my photos"');
});

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

Deno.test("denoCommand() is how the user can start Deno: npx, by name, or by its path", () => {
  withVariables({ npm_command: "exec", PATH: "" }, () => {
    const inNpx = join("/home", "me", ".npm", "_npx", "05b6", "node_modules", "deno", "deno");
    assert.equal(denoCommand(inNpx), "npx -y deno");
  });
  withVariables({ npm_command: undefined, PATH: "/nowhere" }, () => {
    assert.equal(denoCommand("/opt/my deno/deno"), "'/opt/my deno/deno'");
  });
});

Deno.test("taskCommand() names the project where the user stands outside of it", () => {
  const config = join(projectFolder, "deno.json");
  withVariables({ INIT_CWD: join(projectFolder, "core") }, () => {
    assert.match(taskCommand(["distill", "--out", "~/x"]), / task distill --out '~\/x'$/);
  });
  withVariables({ INIT_CWD: join(projectFolder, "..") }, () => {
    const command = taskCommand(["list"]);
    assert.ok(command.endsWith(` task --config ${quoteWord(config)} list`), command);
  });
});
