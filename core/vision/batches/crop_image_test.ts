import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { CropPainter, type CropRules, sizeInBox } from "./crop_image.ts";
import { packHsv, packRgb } from "./hsv.ts";

/** What `make_crops.py` wrote. */
interface CropFixture {
  readonly padding: readonly number[];
  readonly cases: readonly {
    readonly size: readonly [number, number];
    readonly box: readonly [number, number] | null;
    readonly ratios: readonly [number, number];
    readonly crop: readonly [number, number];
    readonly most: number;
    readonly distorted: boolean;
    readonly numbers: readonly number[];
    readonly image: readonly number[];
    readonly labels: readonly number[];
    readonly expected: readonly number[];
    readonly marks: readonly number[];
  }[];
  readonly hsv: { readonly colours: number[][]; readonly codes: number[][] };
  readonly rgb: { readonly codes: number[][]; readonly colours: number[][] };
}

const fixture: CropFixture = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "crops.json")),
);

/** Random numbers that are known. */
function recorded(numbers: readonly number[]) {
  let used = 0;
  const next = () => {
    assert.ok(used < numbers.length, "more numbers are drawn than mmsegmentation draws");
    return numbers[used++]!;
  };
  return {
    uniform: (low = 0, high = 1) => low + (high - low) * next(),
    integer: (bound: number) => Math.floor(next() * bound),
    get used() {
      return used;
    },
  };
}

const unpack = (packed: number) => [packed >> 16, packed >> 8 & 255, packed & 255];

Deno.test("packHsv and packRgb are OpenCV's", () => {
  fixture.hsv.colours.forEach(([red, green, blue], index) =>
    assert.deepEqual(unpack(packHsv(red!, green!, blue!)), fixture.hsv.codes[index])
  );
  let exact = 0;
  fixture.rgb.codes.forEach(([hue, saturation, value], index) => {
    const found = unpack(packRgb(hue!, saturation!, value!));
    found.forEach((level, channel) => {
      const difference = Math.abs(level - fixture.rgb.colours[index]![channel]!);
      // OpenCV computes in 32 bits: a half may be rounded the other way.
      assert.ok(difference <= 1, `${[hue, saturation, value]}: ${found}`);
      exact += Number(difference === 0);
    });
  });
  assert.ok(exact > 0.99 * 3 * fixture.rgb.codes.length, `${exact}`);
});

Deno.test("CropPainter draws the numbers and makes the crops of mmsegmentation's pipeline", () => {
  let far = 0, all = 0;
  for (const { size, box, ratios, crop, most, distorted, ...own } of fixture.cases) {
    const [width, height] = size, [cropWidth, cropHeight] = crop;
    const painter = new CropPainter({
      crop: { width: cropWidth, height: cropHeight },
      ...(box === null ? {} : { resize: { width: box[0], height: box[1] } }),
      scales: ratios,
      maximumClassShare: most,
      mirrorProbability: 0.5,
      photometric: distorted,
      padding: fixture.padding,
    }, 4);
    const area = cropWidth * cropHeight;
    const place = { image: new Uint8Array(3 * area), labels: new Uint8Array(area) };
    const random = recorded(own.numbers);
    painter.paint(
      {
        id: "image",
        image: { width, height, pixels: Uint8Array.from(own.image) },
        truth: { kind: "segmentation", width, height, map: Uint8Array.from(own.labels) },
      },
      random,
      place,
    );
    assert.equal(random.used, own.numbers.length);
    assert.deepEqual([...place.labels], own.marks);
    // OpenCV interpolates in 11 bits: a level may differ by one, and colours by what distortion makes of it.
    place.image.forEach((level, index) => {
      const difference = Math.abs(level - own.expected[index]!);
      assert.ok(difference <= (distorted ? 8 : 1), `${size} ${crop}: ${difference} at ${index}`);
      far += Number(difference > 2);
      all++;
    });
  }
  assert.ok(far < 0.01 * all, `${far} of ${all}`);
});

const rules: CropRules = {
  crop: { width: 6, height: 4 },
  scales: [0.5, 2],
  maximumClassShare: 0.75,
  mirrorProbability: 0.5,
  photometric: true,
  padding: [1, 2, 3],
};

/** Paints a crop of a grey image with a map. */
function paint(map: Uint8Array | Uint16Array, own: Partial<CropRules> = {}, seed = 0) {
  const painter = new CropPainter({ ...rules, ...own }, 3);
  const place = { image: new Uint8Array(72), labels: new Uint8Array(24).fill(77) };
  const labelled = {
    id: "a.png",
    image: { width: 8, height: 6, pixels: new Uint8Array(144).fill(100) },
    truth: { kind: "segmentation" as const, width: 8, height: 6, map },
  };
  painter.paint(labelled, new RandomStream(seed, "test"), place);
  return place;
}

Deno.test("CropPainter takes images without any label, of one class, and of 16 bits", () => {
  for (let seed = 0; seed < 20; seed++) {
    assert.ok(paint(new Uint8Array(48).fill(255), {}, seed).labels.every((label) => label === 255));
    const one = paint(new Uint8Array(48).fill(2), {}, seed).labels;
    assert.ok(one.includes(2) && one.every((label) => label === 2 || label === 255));
    const wide = paint(new Uint16Array(48).fill(65535, 0, 20), { scales: [1, 1] }, seed).labels;
    assert.ok(wide.every((label) => label === 0 || label === 255));
  }
});

Deno.test("CropPainter refuses classes out of range, with image, value and place", () => {
  const own = { crop: { width: 8, height: 6 }, scales: [1, 1] as const };
  const place = (map: Uint8Array | Uint16Array) => {
    const painter = new CropPainter({ ...rules, ...own }, 3);
    painter.paint(
      {
        id: "a.png",
        image: { width: 8, height: 6, pixels: new Uint8Array(144) },
        truth: { kind: "segmentation", width: 8, height: 6, map },
      },
      new RandomStream(0, "test"),
      { image: new Uint8Array(144), labels: new Uint8Array(48) },
    );
  };
  const wrong = new Uint8Array(48);
  wrong[21] = 3;
  assert.throws(() => place(wrong), (error) => {
    assert.ok(error instanceof DataError);
    assert.match(
      error.message,
      /image a\.png: expected classes from 0 to 2 or 255.*got 3 at x = 5, y = 2/,
    );
    return true;
  });
  assert.throws(() => place(new Uint16Array(48).fill(255)), /or 65535.*got 255 at x = 0, y = 0/);
});

Deno.test("sizeInBox keeps the shape of an image, and a pixel of it", () => {
  const box = { width: 2048, height: 512 };
  assert.deepEqual(sizeInBox({ width: 683, height: 512 }, box), { width: 683, height: 512 });
  assert.deepEqual(sizeInBox({ width: 300, height: 400 }, box), { width: 512, height: 683 });
  assert.deepEqual(sizeInBox({ width: 5000, height: 500 }, box), { width: 2048, height: 205 });
  assert.deepEqual(sizeInBox({ width: 1, height: 1000 }, { width: 10, height: 10 }), {
    width: 1,
    height: 10,
  });
});
