import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { sha256 } from "../files.ts";
import { fillTemplate, templateSets } from "./templates.ts";

Deno.test("templateSets has 80, 20 and 1 templates with one place each", () => {
  const sizes = Object.fromEntries(
    Object.entries(templateSets).map(([name, templates]) => [name, templates.length]),
  );
  assert.deepEqual(sizes, { "imagenet-80": 80, "emoji": 20, "name": 1 });
  for (const templates of Object.values(templateSets)) {
    assert.equal(new Set(templates).size, templates.length);
    for (const template of templates) assert.equal(template.split("{}").length, 2, template);
  }
});

Deno.test("imagenet-80 equals the list of the official LGD code", () => {
  // SHA-256 of the lines of clip/imagenet_zeroshot_data.py at d67053a, filled with "X".
  const filled = templateSets["imagenet-80"].map((template) => fillTemplate(template, "X"));
  assert.equal(
    sha256(filled.join("\n")),
    "594f98a56e7af82b48805f2801515b385496071266ec194bc78fb0fdf2ee3377",
  );
});

Deno.test("fillTemplate puts the name in as it is", () => {
  assert.equal(
    fillTemplate("a photo of a {}.", "great white shark"),
    "a photo of a great white shark.",
  );
  assert.equal(fillTemplate("{} and {}", "$& {} $1"), "$& {} $1 and $& {} $1");
  assert.throws(() => fillTemplate("a photo", "dog"), ConfigError);
});
