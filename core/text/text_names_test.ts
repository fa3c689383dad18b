import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { validateTextNames } from "./text_names.ts";

const refuses = (names: string[], message: RegExp) =>
  assert.rejects(
    validateTextNames(names, "data set photos"),
    (error) =>
      error instanceof ConfigError && message.test(error.message) &&
      /class_names\.txt/.test(error.message),
  );

Deno.test("validateTextNames refuses names that a text encoder cannot tell apart", async () => {
  await refuses(
    ["Missile", "missile"],
    /data set photos as texts:\n {2}"missile" is a duplicate of "Missile"/,
  );
  await refuses(["dog", "cat", "dog's"], /"dog's" is a duplicate of "dog"/);
  await refuses(["café", "cafe"], /duplicate/);
});

Deno.test("validateTextNames refuses ids and numbers, with the way out", async () => {
  await refuses(["n02123045", "n02099601"], /"n02099601" is an id of WordNet/);
  await refuses(["tabby", "n02099601"], /"n02099601" is an id of WordNet/);
  await refuses(["0", "1"], /all 2 names are numbers \(0, 1 …\)/);
  await refuses(["1.0", "2 0"], /are numbers/);
  await refuses(["!!", "dog"], /no letters and no digits/);
  assert.deepEqual(await validateTextNames(["7up", "747", "dog"], "x"), []);
});

Deno.test("validateTextNames asks the text encoder for the words that it does not know", async () => {
  const unknownWords = (text: string) =>
    Promise.resolve(text.split(" ").filter((word) => word.startsWith("zz")));
  const options = { unknownWords };
  assert.deepEqual(await validateTextNames(["red zzcar", "dog"], "photos", options), [
    'photos: "zzcar" in "red zzcar" is unknown and left out',
  ]);
  await assert.rejects(
    validateTextNames(["zzcar", "dog"], "photos", options),
    /"zzcar": no word of it is known/,
  );
});

Deno.test("validateTextNames says what can be done where names are not those of folders", async () => {
  await assert.rejects(
    validateTextNames(["dog", "Dog"], "photos", { wayOut: "say --names FILE" }),
    (error: Error) => /duplicate of "dog"\n {2}say --names FILE$/.test(error.message),
  );
});

Deno.test("validateTextNames lists some of many problems and counts the rest", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `n${10_000_000 + index}`);
  await refuses(names, /and 30 more/);
});

Deno.test("validateTextNames refuses names that differ by unknown words alone", async () => {
  const unknownWords = (text: string) =>
    Promise.resolve(text.split(" ").filter((word) => /^\d|^zz/.test(word)));
  await assert.rejects(
    validateTextNames(["agent 7", "cat", "agent 8"], "photos", { unknownWords }),
    /"agent 8" is the same as "agent 7" but for unknown words: "7", "8"/,
  );
  await assert.rejects(
    validateTextNames(["red zzcar", "red"], "photos", { unknownWords }),
    /"red" is the same as "red zzcar" but for unknown words: "zzcar"/,
  );
});

Deno.test("validateTextNames tells some of many unknown words and counts the rest, in little time", async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `zz${index} thing${index}`);
  const unknownWords = (text: string) => Promise.resolve([text.split(" ")[0]!]);
  const start = performance.now();
  const warnings = await validateTextNames(names, "photos", { unknownWords });
  assert.equal(warnings.length, 21);
  assert.match(warnings.at(-1)!, /19980 more names have unknown words/);
  assert.ok(performance.now() - start < 5000);
});
