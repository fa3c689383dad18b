import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { checkClassNameList, checkClassNames, readClassNameFile } from "./class_names.ts";
import { loadWordVectors } from "./word_vectors.ts";

const words = await loadWordVectors();

const namesOf = (...[text, source, known]: Parameters<typeof checkClassNames>) =>
  checkClassNames(text, source, known).names;

function messageOf(text: string): string {
  try {
    namesOf(text, "names.txt", words);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.exitCode, 2);
    return error.message;
  }
  assert.fail("no error");
}

async function withFile(content: string | Uint8Array, run: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "names.txt");
  try {
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    await run(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("checkClassNames accepts comments, empty lines, CRLF and a byte-order mark", () => {
  const text = "\uFEFFdog\r\n\r\n# pets\r\n  great   white\tshark  # a fish\r\nair_conditioner\r\n";
  assert.deepEqual(namesOf(text, "names.txt", words), [
    "dog",
    "great white shark",
    "air_conditioner",
  ]);
});

Deno.test("checkClassNames keeps a # that belongs to a name, and tells every comment", () => {
  const text = "agent #7\n# pets\ndog # not a cat\n#hashtag\nsharp #\n";
  const { names, leftOut } = checkClassNames(text, "names.txt");
  assert.deepEqual(names, ["agent #7", "dog", "sharp"]);
  assert.deepEqual(leftOut.map(({ path, unit }) => [path, unit]), [
    ['2: "# pets"', "line"],
    ['3: "# not a cat"', "line"],
    ['4: "#hashtag"', "line"],
    ['5: "#"', "line"],
  ]);
  assert.match(leftOut[1]!.reason, /a comment behind "dog"/);
});

Deno.test("checkClassNames refuses names that differ by unknown words alone", () => {
  assert.match(
    messageOf("agent #7\nagent #8\n"),
    /line 2: "agent #8" is the same as line 1 but for unknown words: "7", "8"/,
  );
});

Deno.test("checkClassNameList takes every entry for a name", () => {
  assert.deepEqual(checkClassNameList(["#1 fan", "dog # cat"], "names").names, [
    "#1 fan",
    "dog # cat",
  ]);
  assert.throws(() => checkClassNameList(["dog", "", "a\nb"], "names"), (error: Error) => {
    assert.match(error.message, /2 bad names/);
    assert.match(error.message, /name 2: "" has no letters/);
    assert.match(error.message, /name 3: .*control characters/);
    return true;
  });
});

Deno.test("checkClassNames lists every bad line in one error", () => {
  const text =
    "dog\ncat\ndgo\nDog\n???\nfish\nzzzqq xqzz\nthe zzqq\nT-Shirt\nt shirt\nred\u001b[31m\n" +
    "x".repeat(201) + "\n";
  const message = messageOf(text);
  const lines = message.split("\n");
  assert.match(lines[0]!, /names\.txt: 8 bad lines$/);
  assert.match(message, /line 3: "dgo": the word "dgo" is unknown\. Did you mean "dog"\?/);
  assert.match(message, /line 4: "Dog" is a duplicate of line 1/);
  assert.match(message, /line 5: "\?\?\?" has no letters and no digits/);
  assert.match(message, /line 7: "zzzqq xqzz": the words "zzzqq", "xqzz" are unknown/);
  assert.match(message, /line 8: "the zzqq": the word "zzqq" is unknown/);
  assert.match(message, /line 10: "t shirt" is a duplicate of line 9/);
  assert.match(message, /line 11: .* control characters/);
  assert.match(message, /line 12: it has 201 characters, expected at most 200/);
  assert.equal(lines.length, 10);
  assert.ok(!message.includes("\u001b"));
});

Deno.test("checkClassNames refuses a list without names", () => {
  for (const text of ["", "\n\n", "# nothing\n", "\uFEFF"]) {
    assert.match(messageOf(text), /names\.txt: it has no names\. Write one name a line/);
  }
});

Deno.test("checkClassNames without words takes unknown ones", () => {
  assert.deepEqual(namesOf("zzqq\nблин\n", "names.txt"), ["zzqq", "блин"]);
  assert.match(messageOf("блин\n"), /line 1: "блин"/);
});

Deno.test("checkClassNames warns of names with some unknown words", () => {
  const { names, warnings } = checkClassNames("dog\nred pusheen\nyellow dgo\n", "names.txt", words);
  assert.deepEqual(names, ["dog", "red pusheen", "yellow dgo"]);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0]!, /^line 2: "red pusheen": "pusheen" unknown, left out/);
  assert.match(warnings[1]!, /Did you mean "dog"\?$/);
});

Deno.test("checkClassNames keeps its message bounded and stays fast on many bad lines", () => {
  const start = performance.now();
  const text = Array.from({ length: 20_000 }, (_, index) => `zq${index.toString(36)}qz`).join("\n");
  const message = messageOf(text);
  assert.match(message, /20000 bad lines/);
  assert.match(message, /and 19000 more lines/);
  assert.ok(message.length < 200_000);
  assert.ok(performance.now() - start < 5_000);
  assert.match(messageOf("\n".repeat(100_002)), /has 100003 lines, expected at most 100000/);
});

Deno.test("readClassNameFile reads names and warnings", async () => {
  await withFile("dog\nred pusheen\n", async (path) => {
    const { names, warnings } = await readClassNameFile(path);
    assert.deepEqual(names, ["dog", "red pusheen"]);
    assert.equal(warnings.length, 1);
  });
});

Deno.test("readClassNameFile refuses what is no small text file, with the path", async () => {
  const refuses = (path: string, reason: RegExp) =>
    assert.rejects(() => readClassNameFile(path, words), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.ok(error.message.includes(path));
      assert.match(error.message, reason);
      return true;
    });
  await withFile("", (path) => refuses(path, /it has no names/));
  await withFile(new Uint8Array([0xff, 0xfe, 0x64, 0x00]), (path) => refuses(path, /not UTF-8/));
  await withFile(new Uint8Array(1024 * 1024 + 1), (path) => refuses(path, /1048577 bytes/));
  await withFile("dog", async (path) => {
    await refuses(`${path}.missing`, /there is no such file/);
    await refuses(join(path, ".."), /it is not a file/);
  });
});
