import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { type KnownLosses, readKnownLosses } from "./known_losses.ts";

async function read(text: string): Promise<KnownLosses> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "known.yaml");
    await Deno.writeTextFile(path, text);
    return await readKnownLosses(path, { day: "2026-11-28", isNamed: true });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readKnownLosses() reads entries of numbers and of speed cases", async () => {
  const known = await read(`losses:
  - { table: table2, cells: "a.*", upTo: 4, reason: "queue halved, see 12" }
  - { cells: "b.*", lost: true, reason: "runs again after 15" }
  - { case: "resnet*", quantity: memory, upTo: 0.3, reason: "keeps activations" }
  - { cells: "c.*", upTo: 1, until: 2026-11-27, reason: "it has run out" }
`);
  assert.equal(known.ofCell("table2", "mini", "a.x.val")?.upTo, 4);
  assert.equal(known.ofCell("table3", "mini", "a.x.val"), undefined);
  assert.equal(known.ofLostCell("table3", "mini", "b.x.val")?.lost, true);
  assert.equal(known.ofSpeed("resnet18", "memory")?.upTo, 0.3);
  assert.equal(known.ofSpeed("resnet18", "time"), undefined);
  assert.equal(known.ofCell("table2", "mini", "c.x.val"), undefined);
  assert.equal(known.expired.length, 1);
  assert.deepEqual(known.unused(), []);
});

Deno.test("readKnownLosses() takes a file without entries for none", async () => {
  for (
    const text of ["", "# losses:\n", "losses:\n", "losses:\n  # - { cells: a }\n", "losses: []"]
  ) {
    assert.deepEqual((await read(text)).unused(), [], text);
  }
});

Deno.test("readKnownLosses() names the key that is wrong, and what was expected", async () => {
  const reason = "reason: a reason to read";
  const cases: [string, RegExp][] = [
    [`{ cells: "*", upTo: "9", ${reason} }`, /losses\.0\.upTo: .*expected number/],
    [`{ cells: "*", upTo: 9, untill: 1, ${reason} }`, /"losses\.0\.untill".*"losses\.0\.until"/],
    [`{ cells: "*", ${reason} }`, /losses\.0: expected upTo, or lost: true/],
    [`{ cells: "{a", upTo: 9, ${reason} }`, /losses\.0\.cells: The pattern "\{a"/],
    [`{ cells: "*", upTo: 9, reason: no }`, /losses\.0\.reason: expected a reason/],
    [`{ case: "*", quantity: disk, upTo: 9, ${reason} }`, /losses\.0\.quantity: /],
    ["3", /losses\.0: .*expected record/],
  ];
  for (const [entry, message] of cases) {
    await assert.rejects(
      read(`losses:\n  - ${entry}\n`),
      (error) => error instanceof ConfigError && message.test(error.message),
      `${message}`,
    );
  }
});
