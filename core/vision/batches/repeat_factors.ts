/**
 * Class-balanced oversampling: images of rare categories come several times in an epoch.
 *
 * @module
 */

/**
 * How often each image comes in an epoch: f(c) is the share of images that show category c, its factor
 * max(1, √(threshold / f(c))); an image comes as often as the greatest factor of its categories says,
 * rounded up, and one without objects once (Gupta et al., "LVIS", 2019, appendix B; rounded as
 * MMDetection's `ClassBalancedDataset` does).
 *
 * @param categories Categories of the objects of each image; they may repeat.
 * @param classes How many categories there are.
 * @param threshold Share of images from which a category is not rare: 1e-3 for LVIS.
 */
export function repeatFactors(
  categories: readonly Uint32Array[],
  classes: number,
  threshold: number,
): Uint32Array {
  const images = new Uint32Array(classes);
  const last = new Int32Array(classes).fill(-1);
  categories.forEach((own, image) => {
    for (const category of own) {
      if (last[category] === image) continue;
      last[category] = image;
      images[category]!++;
    }
  });
  const factors = Float64Array.from(
    images,
    (count) => Math.max(1, Math.sqrt(threshold / (count / categories.length))),
  );
  return Uint32Array.from(
    categories,
    (own) => Math.ceil(own.reduce((most, category) => Math.max(most, factors[category]!), 1)),
  );
}
