import assert from "node:assert/strict";
import { z } from "zod";
import { EngineError } from "../../core/errors.ts";
import { probePeer } from "./peers.ts";
import { parseLastLine, runProcess } from "./processes.ts";

const schema = z.strictObject({ value: z.number() });
const evaluate = (code: string) => ({ program: Deno.execPath(), args: ["eval", "--quiet", code] });
const source = "the test";

Deno.test("parseLastLine finds the answer after what libraries print", () => {
  assert.deepEqual(parseLastLine('hello\n{"value":1}\n{"value":2}\n\n', schema, source), {
    value: 2,
  });
  assert.throws(() => parseLastLine("hello", schema, source), /printed no line of JSON.*hello/);
  assert.throws(() => parseLastLine('{"value":', schema, source), /damaged line/);
  assert.throws(() => parseLastLine('{"value":"x"}', schema, source), /unexpected/);
});

Deno.test("runProcess reads an answer, and says why there is none", async () => {
  const answer = runProcess(evaluate("console.log(JSON.stringify({ value: 7 }))"), schema, {
    source,
  });
  assert.deepEqual(await answer, { value: 7 });
  await assert.rejects(
    runProcess(evaluate('console.error("no such thing"); Deno.exit(4)'), schema, { source }),
    (error: Error) => error instanceof EngineError && /code 4: no such thing/.test(error.message),
  );
  await assert.rejects(
    runProcess({ program: "no-such-program-anywhere", args: [] }, schema, { source }),
    /cannot be started/,
  );
});

Deno.test("runProcess stops with its signal", async () => {
  const controller = new AbortController();
  const waiting = runProcess(
    evaluate("await new Promise((resolve) => setTimeout(resolve, 60_000))"),
    schema,
    { source, signal: controller.signal },
  );
  setTimeout(() => controller.abort(new Error("stopped")), 300);
  // It ends when the program has ended: that holds its output open.
  await assert.rejects(waiting, /stopped/);
});

Deno.test("runProcess does not count this process's memory into a program's peak", async () => {
  const held = new Uint8Array(400e6).fill(1);
  const code = 'import process from "node:process";' +
    "console.log(JSON.stringify({ value: process.resourceUsage().maxRSS * 1024 }))";
  const { value } = await runProcess(evaluate(code), schema, { source });
  assert.ok(value < held.length, `${value} bytes`);
});

Deno.test("probePeer says what is missing and how to get it", async () => {
  const peer = {
    name: "pytorch" as const,
    title: "PyTorch",
    advice: "pip install torch",
    probe: evaluate('throw new Error("No module named torch")'),
    measure: () => evaluate(""),
  };
  const probe = await probePeer(peer);
  assert.ok("missing" in probe);
  assert.match(probe.missing, /^not installed .*To compare: pip install torch$/);
  const found = await probePeer({ ...peer, probe: evaluate('console.log(\'{"torch":"2"}\')') });
  assert.deepEqual(found, { versions: { torch: "2" } });
});
