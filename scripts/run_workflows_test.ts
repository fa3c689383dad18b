import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { projectFolder } from "../core/files.ts";
import { reasonNotToRun, runJob, substitute } from "./run_workflows.ts";

Deno.test("runJob() runs steps in their order and names what it cannot run", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const workflow = {
      env: { WORD: "all" },
      jobs: {
        one: {
          steps: [
            { uses: "actions/checkout@0" },
            { run: 'echo "$WORD $BRANCH" > out', env: { BRANCH: "${{ github.ref_name }}" } },
            { name: "fails", run: "exit 3" },
            { name: "skipped", run: "touch never" },
            { name: "always", run: "touch always", if: "always()" },
          ],
        },
      },
    };
    const outcomes = await runJob(workflow, "one", { folder, onEvent: () => {} });
    assert.deepEqual(outcomes.map(({ state }) => state), [
      ...["not run", "done", "failed", "not run", "done"],
    ]);
    assert.equal(await Deno.readTextFile(join(folder, "out")), "all main\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("workflows pin every action by its commit and take no more rights than they need", async () => {
  const folder = join(projectFolder, ".github", "workflows");
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(join(folder, name));
    const workflow = parse(text);
    assert.deepEqual(workflow.permissions, { contents: "read" }, name);
    for (const [, action] of text.matchAll(/uses: (\S+)/g)) {
      assert.match(action!, /^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/, name);
    }
    assert.doesNotMatch(text, /secrets\.|pull_request_target/, name);
    for (const [id, job] of Object.entries<Record<string, unknown>>(workflow.jobs)) {
      assert.ok(typeof job["timeout-minutes"] === "number", `${name} ${id}`);
      for (const step of job["steps"] as { run?: string }[]) {
        // What the host puts into a command before a shell sees it could be a command.
        assert.doesNotMatch(step.run ?? "", /\$\{\{/, `${name} ${id}`);
      }
    }
  }
});

Deno.test("substitute() and reasonNotToRun() know what only the host knows", () => {
  assert.equal(substitute("a ${{ github.ref_name }} b"), "a main b");
  assert.equal(substitute("${{ secrets.X }}"), undefined);
  assert.match(reasonNotToRun({ run: "x", if: "github.event_name == 'push'" })!, /condition/);
  assert.equal(reasonNotToRun({ run: "x", if: "always()" }), undefined);
});
