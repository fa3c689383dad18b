import assert from "node:assert/strict";
import { findStarters, type SystemProcess, watchProcesses } from "./starters.ts";

async function withVariables(
  variables: Record<string, string | undefined>,
  test: () => Promise<void>,
): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const [name, value] of Object.entries(variables)) set(name, value);
  try {
    await test();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

const processes = new Map<number, SystemProcess>([
  [40, { parent: 30, command: "deno task distill" }],
  [30, { parent: 20, command: "sh -c 'deno' task distill" }],
  [20, { parent: 10, command: "npm exec deno task distill" }],
  [10, { parent: 1, command: "-bash" }],
]);
const read = (pid: number) => Promise.resolve(processes.get(pid));

Deno.test("findStarters() goes up to npx, and never to the user's shell", async () => {
  const inTask = { INIT_CWD: "/here", npm_command: "exec" };
  await withVariables(inTask, async () => {
    assert.deepEqual(await findStarters({ parent: 40, read }), [40, 30, 20]);
    // Variables that something else has left: npx is not above.
    assert.deepEqual(await findStarters({ parent: 10, read }), [10]);
    // No ps on this system.
    const none = () => Promise.resolve(undefined);
    assert.deepEqual(await findStarters({ parent: 40, read: none }), [40]);
  });
  await withVariables({ ...inTask, npm_command: undefined }, async () => {
    assert.deepEqual(await findStarters({ parent: 40, read }), [40]);
  });
  await withVariables({ ...inTask, INIT_CWD: undefined }, async () => {
    assert.deepEqual(await findStarters({ parent: 40, read }), []);
  });
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name: `watchProcesses() tells that a starter was ended by ${signal}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const starter = new Deno.Command("sleep", { args: ["60"] }).spawn();
      let stop = () => {};
      const gone = new Promise<void>((resolve) => {
        stop = watchProcesses([Deno.ppid, starter.pid], resolve);
      });
      starter.kill(signal);
      await starter.status;
      const timeout = setTimeout(() => assert.fail("nobody noticed"), 5000);
      await gone;
      clearTimeout(timeout);
      stop();
    },
  });
}
