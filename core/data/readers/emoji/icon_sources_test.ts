import assert from "node:assert/strict";
import { DataError } from "../../../errors.ts";
import { iconSets } from "./credits.ts";
import { readIcons } from "./icon_sources.ts";

const fluent = iconSets.find((set) => set.name === "fluent-emoji-flat")!;
const fxemoji = iconSets.find((set) => set.name === "fxemoji")!;

Deno.test("readIcons follows an alias and tells that it is mirrored", async () => {
  const [left, right] = await readIcons(
    fluent,
    ["backhand-index-pointing-left", "backhand-index-pointing-right"],
    64,
  );
  assert.equal(left!.flipHorizontal, false);
  assert.equal(right!.flipHorizontal, true);
  assert.equal(right!.svg, left!.svg);
  assert.match(left!.svg, /^<svg [^>]*width="64" height="64" viewBox="0 0 32 32">/);
});

Deno.test("readIcons uses the view box of an icon before that of its set", async () => {
  const [skull] = await readIcons(fxemoji, ["skull"], 128);
  assert.match(skull!.svg, /viewBox="0 0 72 72"/);
});

Deno.test("readIcons names an icon that a set lacks", async () => {
  await assert.rejects(
    readIcons(fxemoji, ["no-such-icon"], 128),
    (error) =>
      error instanceof DataError && /"no-such-icon" is not in .*fxemoji/.test(error.message),
  );
});

Deno.test("readIcons says how to install a package that is missing", async () => {
  await assert.rejects(
    readIcons({ ...fxemoji, package: "@iconify-json/no-such-set" }, ["bell"], 128),
    (error) => error instanceof DataError && /deno install/.test(error.message),
  );
});
