import assert from "node:assert/strict";
import { packageFile } from "../../core/files.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { promptWords } from "./captions.ts";
import { measureZeroShot } from "./measure.ts";
import { describeGeometry, learnedScale, measureSplitGeometry } from "./measure_all.ts";
import { largestScale } from "./pair_step.ts";
import { readTowers } from "./weights_file.ts";

Deno.test("the shipped weights have accuracy, scale and geometry near what the card says", async () => {
  const path = packageFile("teachers/emoji_clip/weights.safetensors");
  const weights = readTowers(await Deno.readFile(path), path, 0.5);
  const words = promptWords(await loadWordVectors());
  const scale = learnedScale(weights);
  assert(scale > 10 && scale <= largestScale + 0.1, `${scale}`);
  const geometry = await measureSplitGeometry(weights, words, "emojinet-100", "dev");
  const { imageImage, textText, matched, unmatched, published } = geometry;
  assert(matched > unmatched + 0.1 && imageImage > unmatched && textText < 1);
  assert(published.meanMaximum > 0.3 && published.meanMaximum < 1);
  assert.match(describeGeometry(geometry), /gap \d\.\d+ .*label agreement \d+\.\d %/);
  const { "emojinet-100": top } = await measureZeroShot(weights, words, "dev", ["emojinet-100"]);
  assert.equal(top!.icons, 111);
  assert(top!.top1 > 60, `${top!.top1}`);
  // One view of an icon agrees with four up to the noise of 111 icons.
  assert(Math.abs(top!.top1 - geometry.labelAgreement) < 10);
});
