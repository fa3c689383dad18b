import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { buildTextBank, findEqualRows, nearestTextOf, type TextEncoder } from "./text_bank.ts";

/** An encoder that knows a few texts, of lengths other than 1. */
function toyEncoder(vectors: Record<string, readonly number[]>): TextEncoder {
  return (texts) => Promise.resolve(Float32Array.from(texts.flatMap((text) => vectors[text]!)));
}

Deno.test("buildTextBank() normalises each prompt, averages and normalises the mean", async () => {
  const encode = toyEncoder({
    "a dog": [3, 4], // (0.6, 0.8)
    "the dog": [10, 0], // (1, 0)
    "a cat": [0, 2],
    "the cat": [0, 7],
  });
  const bank = await buildTextBank(encode, ["dog", "cat"], ["a {}", "the {}"]);
  assert.equal(bank.classes, 2);
  assert.equal(bank.dimension, 2);
  // The mean of the dog's prompts is (0.8, 0.4); without the inner norm it would be (6.5, 2).
  const length = Math.hypot(0.8, 0.4);
  [0.8 / length, 0.4 / length, 0, 1].forEach((value, index) => {
    assert(Math.abs(bank.data[index]! - value) < 1e-6, `element ${index}: ${bank.data[index]}`);
  });
});

Deno.test("buildTextBank() asks for all prompts of a class one after the other", async () => {
  const asked: string[] = [];
  await buildTextBank(
    (texts) => {
      asked.push(...texts);
      return Promise.resolve(new Float32Array(texts.length * 3).fill(1));
    },
    ["red fox", "owl"],
    ["{}", "a {}, a {}."],
  );
  assert.deepEqual(asked, ["red fox", "a red fox, a red fox.", "owl", "a owl, a owl."]);
});

Deno.test("buildTextBank() leaves the encoder's numbers as they are", async () => {
  const kept = Float32Array.of(3, 4);
  await buildTextBank(() => Promise.resolve(kept), ["dog"], ["{}"]);
  assert.deepEqual([...kept], [3, 4]);
});

Deno.test("buildTextBank() survives prompts that cancel out", async () => {
  const encode = toyEncoder({ "a dog": [1, 0], "the dog": [-1, 0] });
  const { data } = await buildTextBank(encode, ["dog"], ["a {}", "the {}"]);
  assert.deepEqual([...data], [0, 0]);
});

Deno.test("buildTextBank() refuses to work without names or templates", async () => {
  const encode = toyEncoder({});
  await assert.rejects(buildTextBank(encode, [], ["{}"]), (error) => {
    assert(error instanceof ConfigError);
    assert.match(error.message, /no class names/);
    return true;
  });
  await assert.rejects(buildTextBank(encode, ["dog"], []), /no templates/);
  await assert.rejects(buildTextBank(encode, ["dog"], ["a photo"]), /no {}/);
});

Deno.test("buildTextBank() embeds many names a part at a time, to the same bits", async () => {
  const names = Array.from({ length: 3000 }, (_, index) => `name ${index}`);
  const templates = ["a {}", "the {}", "one {}", "{}"];
  /** Three numbers of a text. */
  const numbersOf = (text: string) => {
    let hash = 7;
    for (const character of text) hash = Math.imul(hash, 31) + character.charCodeAt(0) | 0;
    return [hash % 101 + 0.5, hash % 89 - 0.25, hash % 17 + 3];
  };
  let most = 0;
  const bank = await buildTextBank(
    (texts) => {
      most = Math.max(most, texts.length);
      return Promise.resolve(Float32Array.from(texts.flatMap(numbersOf)));
    },
    names,
    templates,
  );
  assert(most < names.length * templates.length, `${most} texts at once`);
  assert.equal(most % templates.length, 0, "the prompts of a name stay together");
  assert.equal(bank.data.length, 9000);
  for (const index of [0, 2559, 2560, 2999]) {
    const one = await buildTextBank(
      (texts) => Promise.resolve(Float32Array.from(texts.flatMap(numbersOf))),
      [names[index]!],
      templates,
    );
    assert.deepEqual(bank.data.slice(3 * index, 3 * index + 3), one.data, names[index]);
  }
});

Deno.test("findEqualRows finds classes of which the encoder makes the same", async () => {
  const encode = (texts: readonly string[]) =>
    Promise.resolve(Float32Array.from(texts.flatMap((text) => [text.length, 1])));
  const rowsOf = async (names: string[]) =>
    findEqualRows(await buildTextBank(encode, names, ["a {}"]));
  assert.deepEqual(await rowsOf(["owl", "mouse", "cat"]), [0, 2]);
  assert.equal(await rowsOf(["owl", "mouse"]), undefined);
});

Deno.test("buildTextBank() refuses an encoder whose rows have no one length", async () => {
  const encode = (numbers: (call: number, texts: number) => number): TextEncoder => {
    let call = 0;
    return (texts) => Promise.resolve(new Float32Array(numbers(call++, texts.length)).fill(1));
  };
  await assert.rejects(
    buildTextBank(encode((_, texts) => 2 * texts + 1), ["dog", "cat"], ["{}"]),
    (error) => error instanceof ConfigError && /gave 5 numbers for 2 texts/.test(error.message),
  );
  await assert.rejects(buildTextBank(encode(() => 0), ["dog"], ["{}"]), /gave 0 numbers/);
  // More texts than are encoded at once.
  const names = Array.from({ length: 10_241 }, (_, index) => `name ${index}`);
  await assert.rejects(
    buildTextBank(encode((call, texts) => (call === 0 ? 1 : 2) * texts), names, ["{}"]),
    /gave 2 numbers for 1 texts, expected 1 for each/,
  );
});

Deno.test("nearestTextOf() takes the class of the nearest text, of equal ones the first", () => {
  const bank = { data: Float32Array.of(1, 0, 0, 1, 0, 1), classes: 3, dimension: 2 };
  const nearest = nearestTextOf(Float32Array.of(0.6, 0.8, 0.8, 0.6, -1, 0), bank);
  assert.deepEqual([0, 1, 2].map(nearest), [1, 0, 1]);
});
