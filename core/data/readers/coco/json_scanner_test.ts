import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { sha256 } from "../../../files.ts";
import { type JsonElement, scanJson } from "./json_scanner.ts";

async function scan(text: string | Uint8Array, wanted: readonly string[] = ["a", "b"]) {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "file.json");
  try {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    await Deno.writeFile(path, bytes);
    const elements: JsonElement[] = [];
    const file = await scanJson(path, wanted, (element) => elements.push(element));
    assert.equal(file.sha256, sha256(bytes));
    for (const { value, offset, length } of elements) {
      const piece = new TextDecoder().decode(bytes.subarray(offset, offset + length));
      assert.deepEqual(JSON.parse(piece), value);
    }
    return elements;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("scanJson hands over the elements of some members", async () => {
  const text =
    `\ufeff { "c": [1, [2, {"a": 3}]], "a" : [1, -2.5e3,"x]\\"}" ,null,true, [[]], {"k":[{}]}
    ],\n"b":{"q": "\\\\"}, "d": "\\\\\\"", "e": 17, "a": [] } \r\n`;
  const elements = await scan(text);
  assert.deepEqual(elements.map(({ member, isInList, value }) => [member, isInList, value]), [
    ["a", true, 1],
    ["a", true, -2500],
    ["a", true, 'x]"}'],
    ["a", true, null],
    ["a", true, true],
    ["a", true, [[]]],
    ["a", true, { k: [{}] }],
    ["b", false, { q: "\\" }],
  ]);
  assert.deepEqual(await scan("{}"), []);
});

Deno.test("scanJson reads elements that lie across the pieces of a large file", async () => {
  // Escapes and ends fall on every place of the pieces' borders.
  const element = (index: number) => ({
    index,
    text: `\\"${"é".repeat(index % 97)}`,
    list: [index],
  });
  const count = 60_000;
  const rows = Array.from({ length: count }, (_, index) => JSON.stringify(element(index)));
  const text = `{"skipped": "${'\\\\\\"'.repeat(2 ** 20)}", "a": [${rows.join(", ")}]}`;
  assert.ok(text.length > 9 * 2 ** 20);
  const elements = await scan(text);
  assert.equal(elements.length, count);
  elements.forEach(({ value }, index) => {
    if (index % 997 === 0) assert.deepEqual(value, element(index));
  });
});

Deno.test("scanJson refuses what is not JSON, with the place", async () => {
  const cases: [string | Uint8Array, RegExp][] = [
    ["", /it is empty/],
    ["   ", /ends at byte 3, in the middle of the file/],
    ["5", /expected \{, got "5" at byte 0/],
    ['{"a": [1, 2', /ends at byte 11, in the middle of/],
    ['{"a": [1 2]}', /expected , or \], got "2" at byte 9/],
    ['{"a": [1,]}', /is not JSON/],
    ['{"a": [,1]}', /is not JSON/],
    ['{"a": [1]', /in the middle of the file/],
    ['{"a": [1]]', /expected , or \}, got "\]" at byte 9/],
    ['{"a" [1]}', /expected :, got "\["/],
    ["{a: 1}", /expected a name in quotes, got "a" at byte 1/],
    ['{"a": [{"b": "x', /in the middle of an element of "a"/],
    ['{"a": [{"b": NaN}]}', /is not JSON.*in what begins at byte 7/],
    ['{"a": ["\\', /in the middle of an element of "a"/],
    ['{"a": [{"b": 1]}]}', /is not JSON/],
    [Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d), /is not JSON/],
    ["{}x", /something follows its end at byte 2/],
    ["\u0001", /byte 0 is 1/],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), /compressed by gzip; unpack it first/],
  ];
  for (const [text, pattern] of cases) {
    await assert.rejects(scan(text), (error) => {
      assert.ok(error instanceof DataError, `${text}: ${error}`);
      assert.match(error.message, pattern);
      return true;
    });
  }
  await assert.rejects(scanJson("/nowhere/file.json", [], () => {}), DataError);
  await assert.rejects(scanJson(Deno.cwd(), [], () => {}), DataError);
});
