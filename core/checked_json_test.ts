import assert from "node:assert/strict";
import { formatCheckedJson, parseCheckedJson, parseOwnJson } from "./checked_json.ts";
import { DataError } from "./errors.ts";

const values = [{}, { a: 1 }, { text: "ä\n", list: [1, { b: null }] }];

Deno.test("formatCheckedJson writes JSON that parseOwnJson reads back", () => {
  for (const value of values) {
    const text = formatCheckedJson(value);
    assert.deepEqual(parseOwnJson(text, "a.json"), value);
    assert.equal(typeof JSON.parse(text).checksum, "string");
  }
  assert.throws(() => formatCheckedJson({ checksum: 1 }), TypeError);
});

Deno.test("parseOwnJson finds one flipped bit at every byte", () => {
  for (const value of values) {
    const good = new TextEncoder().encode(formatCheckedJson(value));
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      const text = new TextDecoder().decode(bad);
      let read: unknown;
      try {
        read = parseOwnJson(text, "a.json");
      } catch (error) {
        assert.ok(error instanceof DataError);
        continue;
      }
      // White space before the checksum is the only thing that may be another.
      assert.deepEqual(read, value);
    }
  }
});

Deno.test("parseCheckedJson tells a file without a checksum from one that was changed", () => {
  assert.deepEqual(parseCheckedJson('{"a":1}', "a.json"), { value: { a: 1 }, isChecked: false });
  const changed = formatCheckedJson({ a: 1 }).replace('"a": 1', '"a": 2');
  assert.throws(() => parseCheckedJson(changed, "a.json"), /a\.json.*checksum is wrong/);
  const formatted = JSON.stringify(JSON.parse(formatCheckedJson({ a: 1 })), null, 2);
  assert.throws(() => parseCheckedJson(formatted, "a.json"), /changed after it was written/);
  assert.throws(() => parseOwnJson('{"a":1}', "a.json"), /has no checksum/);
  assert.throws(() => parseCheckedJson("[1]", "a.json"), /expected a JSON object/);
});
