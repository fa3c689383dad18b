import assert from "node:assert/strict";
import { nameSome, stripPrefix } from "./state_dict.ts";

const wanted = ["conv1.weight", "bn1.bias", "model.weight"];
const dict = (names: readonly string[]) => new Map(names.map((name) => [name, name]));

Deno.test("stripPrefix takes the prefix off below which the names are, and says so", () => {
  for (const prefix of ["module.", "backbone.", "model.", "module.encoder_q.", "model.module."]) {
    const others = ["module.encoder_k.conv1.weight", "queue"].filter((name) =>
      !name.startsWith(prefix)
    );
    const { tensors, notes } = stripPrefix(
      dict([...wanted.map((name) => prefix + name), ...others]),
      wanted,
    );
    assert.deepEqual([...tensors.keys()], wanted, prefix);
    assert.equal(notes[0], `the prefix "${prefix}" was taken off the names of 3 tensors`);
  }
  const { notes } = stripPrefix(
    dict([...wanted.map((name) => `module.${name}`), "a", "b", "c", "d", "e"]),
    wanted,
  );
  assert.equal(notes[1], 'left out what is not below "module.": a, b, c and 2 more');
});

Deno.test("stripPrefix takes off any prefix below which alone all names are", () => {
  const below = (prefix: string) => wanted.map((name) => prefix + name);
  const { tensors, notes } = stripPrefix(dict([...below("vision.trunk."), "head.weight"]), wanted);
  assert.deepEqual([...tensors.keys()], wanted);
  assert.match(notes[0]!, /the prefix "vision.trunk." was taken off the names of 3 tensors/);
  // Which of two is meant, nobody can tell; a part of the names is not enough.
  for (const names of [[...below("a."), ...below("b.")], below("a.").slice(1)]) {
    assert.deepEqual([...stripPrefix(dict(names), wanted).tensors.keys()], names);
  }
  // A known one is preferred.
  const two = dict([...below("aa."), ...below("encoder_q.")]);
  assert.match(stripPrefix(two, wanted).notes[0]!, /"encoder_q."/);
});

Deno.test("stripPrefix leaves names alone that fit, or of which nobody knows the prefix", () => {
  for (const names of [wanted, ["other.conv1.weight"], [], ["x"]]) {
    const { tensors, notes } = stripPrefix(dict(names), wanted);
    assert.deepEqual([[...tensors.keys()], notes], [names, []]);
  }
  assert.equal(nameSome(["a", "b"]), "a, b");
});
