/**
 * Batches of fixed views, which are in memory or in a file of the cache.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { checkedOrder, epochOrder, fillBatch } from "./batches.ts";
import type { ViewBatch, ViewBatches, ViewBatchesOptions, ViewNeighbours } from "./view_batches.ts";
import { closeViews, countViews, type ViewSet } from "./views/view_set.ts";

/**
 * Index of another view of the sample of a view: a different one each epoch, so that in time every
 * view meets every other.
 *
 * @param view Number of the view in the step; 0 is the view itself.
 */
function otherView(index: number, viewsPerSample: number, epoch: number, view: number): number {
  if (view === 0) return index;
  const shift = 1 + (epoch + view - 1) % (viewsPerSample - 1);
  const own = index % viewsPerSample;
  return index - own + (own + shift) % viewsPerSample;
}

/**
 * A view of one of the neighbours of the sample of a view: drawn anew for each view and epoch, by the
 * seed; the same neighbour for all the views of a step that are of one.
 *
 * @param view Number of the view among those of the neighbour.
 */
function neighbourView(
  index: number,
  { neighbours, viewsPerSample, seed, epoch, view }: {
    neighbours: ViewNeighbours;
    viewsPerSample: number;
    seed: number;
    epoch: number;
    view: number;
  },
): number {
  const { indices, count } = neighbours;
  const sample = Math.floor(index / viewsPerSample);
  const drawn = new RandomStream(seed, "neighbour", epoch, index).integer(count);
  const neighbour = indices[sample * count + drawn]!;
  return otherView(
    neighbour * viewsPerSample + index % viewsPerSample,
    viewsPerSample,
    epoch,
    view,
  );
}

function validate(sets: readonly ViewSet[], options: ViewBatchesOptions): void {
  const { batchSize, replicas = 1, viewsPerStep = 1, neighbours } = options;
  const neighbourViews = neighbours?.views ?? 0;
  const [first, ...others] = sets;
  const problems: string[] = [];
  if (first === undefined) problems.push("there are no views");
  else if (viewsPerStep - neighbourViews > first.viewsPerSample) {
    problems.push(
      `a step shows ${
        viewsPerStep - neighbourViews
      } views of an image, of which there are ${first.viewsPerSample}`,
    );
  }
  for (const other of others) {
    if (
      other.viewsPerSample !== first!.viewsPerSample ||
      other.samples.length !== first!.samples.length
    ) {
      problems.push(`views at ${other.imageSize} pixels are others than at ${first!.imageSize}`);
    }
  }
  if (!Number.isSafeInteger(replicas) || replicas < 1 || batchSize % replicas !== 0) {
    problems.push(`replicas is ${replicas}, expected a divisor of the batch size ${batchSize}`);
  }
  if (problems.length > 0) throw new ConfigError(`Cannot make batches: ${problems.join("; ")}`);
}

/**
 * Batches of the views of a set: an epoch shows every view once, in the order of `epochOrder`, or in
 * one that is given.
 *
 * @param views The set; several sets of the same views are given at several sizes. Their files are
 *   closed when the batches are released.
 * @throws {ConfigError} where there are fewer views than a batch takes, or the sets do not fit.
 */
export function fixedViewBatches(
  views: ViewSet | readonly ViewSet[],
  options: ViewBatchesOptions,
): ViewBatches {
  const sets = [views].flat() as ViewSet[];
  validate(sets, options);
  const { batchSize, replicas = 1, seed, viewsPerStep = 1, neighbours } = options;
  const ownViews = viewsPerStep - (neighbours?.views ?? 0);
  const [set] = sets as [ViewSet, ...ViewSet[]];
  const count = countViews(set);
  const part = batchSize / replicas;
  const images = Array.from(
    { length: viewsPerStep },
    () =>
      sets.map(({ imageSize }) =>
        Array.from({ length: replicas }, () => new Uint8Array(part * 3 * imageSize ** 2))
      ),
  );
  const rows = Array.from({ length: viewsPerStep }, () => new Uint32Array(batchSize));
  const labels = new Int32Array(batchSize);
  let epoch = 0;
  const orderOf = options.order ?? epochOrder;
  let order = checkedOrder(orderOf, { count, batchSize, seed, epoch });
  const stepsPerEpoch = order.length / batchSize;
  const fill = (step: number): ViewBatch => {
    const epochOfStep = Math.floor(step / stepsPerEpoch);
    if (epochOfStep !== epoch) {
      epoch = epochOfStep;
      order = checkedOrder(orderOf, { count, batchSize, seed, epoch });
    }
    const first = (step % stepsPerEpoch) * batchSize;
    const indices = order.subarray(first, first + batchSize);
    rows.forEach((own, view) => {
      for (let place = 0; place < batchSize; place++) {
        const { viewsPerSample } = set, index = indices[place]!;
        own[place] = neighbours === undefined || view < ownViews
          ? otherView(index, viewsPerSample, epoch, view)
          : neighbourView(index, {
            neighbours,
            viewsPerSample,
            seed,
            epoch,
            view: view - ownViews,
          });
      }
      sets.forEach((sized, size) =>
        images[view]![size]!.forEach((output, replica) =>
          fillBatch(sized, own.subarray(replica * part, (replica + 1) * part), output, "chwn")
        )
      );
    });
    indices.forEach((index, place) => {
      labels[place] = set.samples.label(Math.floor(index / set.viewsPerSample));
    });
    return { images, rows, labels };
  };
  return {
    fixed: true,
    count,
    batchSize,
    replicas,
    viewsPerStep,
    imageSizes: sets.map(({ imageSize }) => imageSize),
    stepsPerEpoch,
    skipped: set.skipped,
    hash: set.hash,
    // deno-lint-ignore require-await -- what is thrown must reject
    batch: async (step) => fill(step),
    release() {
      sets.forEach(closeViews);
      return Promise.resolve();
    },
  };
}
