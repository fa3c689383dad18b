import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { compileGlob } from "./glob.ts";

Deno.test("compileGlob() knows *, ? and alternatives in braces", () => {
  const fits = (glob: string, name: string) => compileGlob(glob)(name);
  assert.ok(fits("a.b?", "a.bc") && !fits("a.b?", "axbc") && !fits("a.b?", "a.b"));
  assert.ok(fits("*", "") && fits("*.seed1", "x.seed1") && !fits("*.seed1", "x.seed10"));
  assert.ok(fits("good-{seed,lgd-{90,200}}*", "good-lgd-200.seed0"));
  assert.ok(fits("a*b*c", "a-bb-bc") && !fits("a*b*c", "a-bb-b"));
  assert.ok(fits("a,b}", "a,b}"));
  assert.throws(
    () => compileGlob("b{x,{a"),
    /The pattern "b\{x,\{a" has a "\{" that is not closed/,
  );
});

Deno.test("compileGlob() answers in linear steps, and bounds the alternatives", () => {
  const startedAt = performance.now();
  assert.equal(compileGlob("*".repeat(40) + "x")("a".repeat(5000)), false);
  assert.equal(compileGlob("*a".repeat(30) + "b")("a".repeat(5000)), false);
  assert.throws(() => compileGlob("{a,b}".repeat(40)), ConfigError);
  assert.ok(performance.now() - startedAt < 2000);
});
