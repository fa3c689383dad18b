import assert from "node:assert/strict";
import { cleanBlock, cleanMessage, cleanText, drawingStream, escapeJson } from "./output.ts";

/** Every sign that a terminal obeys, or that turns a line round. */
const obeyed = [
  ...Array.from({ length: 32 }, (_, code) => code),
  ...Array.from({ length: 33 }, (_, index) => 0x7f + index),
  ...[0x61c, 0x200e, 0x200f, 0x2028, 0x2029],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
].map((code) => String.fromCharCode(code));

Deno.test("cleanText() leaves no sign that a terminal obeys, and no line break", () => {
  const cleaned = cleanText(`a${obeyed.join("b")}c`);
  for (const sign of obeyed) assert.ok(!cleaned.includes(sign), sign.charCodeAt(0).toString(16));
  assert.equal(cleanText("one\r\ntwo\tthree\u2028four\u0085five"), "one two three four five");
  assert.equal(cleanText("a\x1b]0;title\x07b"), "a\ufffd]0;title\ufffdb");
  // What people write stays: accents, other scripts, emoji of several signs.
  const text = "naïve café → 猫 عربي 👩‍👩‍👧 🏳️‍🌈";
  assert.equal(cleanText(text), text);
});

Deno.test("cleanBlock() keeps the lines of a table, and nothing else", () => {
  assert.equal(cleanBlock("a │ b\r\nc\x1b[2J\n"), "a │ b\nc\ufffd[2J\n");
});

Deno.test("cleanMessage() keeps lines of the program, and no line that a name adds", () => {
  const listed = "2 errors:\n  - one\n  - two\n";
  assert.equal(cleanMessage(listed), listed.trimEnd());
  assert.equal(
    cleanMessage("left out dog\nerror: all is lost\r\nAll data are well.\n\n.png: damaged"),
    "left out dog error: all is lost All data are well. .png: damaged",
  );
  assert.equal(
    cleanMessage('Requires all access to "/proc/x", run again with the --allow-all flag'),
    'the program may not touch "/proc/x"',
  );
});

Deno.test("escapeJson() means the same value and has no sign that a terminal obeys", () => {
  const value = { [obeyed.join("")]: ["a\nb", "\u009b2J", "\u202eevil", "猫"] };
  const text = escapeJson(JSON.stringify(value, null, 1));
  assert.deepEqual(JSON.parse(text), value);
  for (const sign of obeyed.filter((sign) => sign !== "\n")) assert.ok(!text.includes(sign));
});

Deno.test("drawingStream() lets sequences of a progress bar through, and no others", () => {
  let drawn = "";
  const stream = drawingStream({
    writeSync(bytes) {
      drawn += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  });
  const own = "\x1b[?25l\x1b[1G\x1b[2A\x1b[0K\x1b[90m█\x1b[0m\r\n\x1b[?25h";
  stream.write(own);
  assert.equal(drawn, own);
  drawn = "";
  stream.write("x\x1b]52;c;ZXZpbA==\x07\x9b2J\x1bc\u202e");
  assert.equal(drawn, "x\ufffd]52;c;ZXZpbA==\ufffd\ufffd2J\ufffdc\ufffd");
});

Deno.test({
  name: "a full standard output is explained, and a full standard error ends nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const script = `import { printLine, tell } from "${new URL("output.ts", import.meta.url).href}";
      tell("a");
      try { printLine("b"); } catch (error) { Deno.exit(error.exitCode === 3 ? 42 : 1); }`;
    const path = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(path, script);
      const config = new URL("../deno.json", import.meta.url).pathname;
      const command = `"$0" run --no-prompt --allow-env --config "$1" "$2" >/dev/full 2>/dev/full`;
      const { code } = await new Deno.Command("sh", {
        args: ["-c", command, Deno.execPath(), config, path],
      }).output();
      assert.equal(code, 42);
    } finally {
      await Deno.remove(path);
    }
  },
});
