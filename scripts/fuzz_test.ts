import assert from "node:assert/strict";
import { RandomStream } from "../core/random.ts";
import { DataError } from "../core/errors.ts";
import { mutate } from "./fuzz/mutate.ts";
import { fuzzParsers } from "./fuzz/parsers.ts";
import type { FuzzParser } from "./fuzz/parser.ts";
import { fuzzParser } from "./fuzz/run.ts";

const mutations = 2000;

/** Those that cannot end the tests. */
const parsers = fuzzParsers.filter(({ mayEndProcess }) => !mayEndProcess);

for (const [index, parser] of parsers.entries()) {
  const share = Math.floor(mutations * (index + 1) / parsers.length) -
    Math.floor(mutations * index / parsers.length);
  Deno.test(`${parser.name}: ${share} changed files are refused, or read as they were`, async () => {
    const { counts, failures } = await fuzzParser(parser, { seed: 11, count: share });
    assert.deepEqual(failures, []);
    assert.equal(counts.tried, share);
    if (parser.isChecked) assert.equal(counts.other, 0);
  });
}

Deno.test("mutate makes the same change of the same seed", () => {
  const bytes = new TextEncoder().encode('{"a": 1, "b": [2, 3]}\n');
  for (let index = 0; index < 200; index++) {
    const [one, other] = [0, 0].map(() =>
      mutate(bytes, new RandomStream(5, "test", index), [0, bytes.length])
    );
    assert.deepEqual(one, other);
  }
});

/** A parser of one number that is wrong in a way. */
function badParser(parse: (text: string) => unknown, isChecked = true): FuzzParser {
  return {
    name: "bad",
    isChecked,
    open: () =>
      Promise.resolve({
        seeds: [{ name: "a", bytes: new TextEncoder().encode("1234") }],
        parse: (bytes) => parse(new TextDecoder().decode(bytes)),
      }),
  };
}

Deno.test("fuzzParser finds untyped errors, silent changes and what takes too much memory", async () => {
  const reasons = async (parser: FuzzParser) => {
    const { failures, counts } = await fuzzParser(parser, { seed: 1, count: 20 });
    assert.equal(failures.length, counts.failed);
    return failures.map(({ reason }) => reason).join();
  };
  const refuse = (text: string) => {
    if (text !== "1234") throw new DataError("no");
  };
  assert.equal(await reasons(badParser(refuse)), "");
  assert.match(await reasons(badParser((text) => text)), /silent change of content/);
  assert.equal(await reasons(badParser((text) => text, false)), "");
  assert.match(
    await reasons(badParser((text) => {
      if (text !== "1234") throw new TypeError("x is undefined");
    })),
    /untyped error: TypeError: .*x is undefined/,
  );
  await assert.rejects(
    fuzzParser(badParser(() => refuse("")), { seed: 1, count: 1 }),
    /no/,
  );
});
