/**
 * How much memory the decoding of images may take at once, over all threads that share a budget:
 * many small images side by side, or one large one alone.
 *
 * @module
 */

/** Memory for images that are being decoded, in KiB. */
const budgetKilobytes = 512 * 1024;
/** How often room is looked for. */
const waitMilliseconds = 2;

/** KiB that are free: [1], shared by threads. */
export type DecodingBudget = Int32Array;

/** A whole budget. */
export function createDecodingBudget(kilobytes = budgetKilobytes): DecodingBudget {
  // The second number is the size, so that nobody waits for more than there is.
  const budget = new Int32Array(new SharedArrayBuffer(8));
  budget[0] = kilobytes;
  budget[1] = kilobytes;
  return budget;
}

let current = createDecodingBudget();

/** Takes over another thread's budget for this thread. */
export function shareDecodingBudget(budget: DecodingBudget): void {
  current = budget;
}

/**
 * Does some work that takes memory, as soon as there is room for it. What is larger than the whole
 * budget is done alone.
 */
export async function withDecodingBudget<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const budget = current;
  const wanted = Math.min(Math.ceil(bytes / 1024), budget[1]!);
  for (;;) {
    const free = Atomics.load(budget, 0);
    if (free >= wanted) {
      if (Atomics.compareExchange(budget, 0, free, free - wanted) === free) break;
      continue;
    }
    // Large images take a hundred times as long. (Atomics.waitAsync does not keep a thread alive.)
    await new Promise((resolve) => setTimeout(resolve, waitMilliseconds));
  }
  try {
    return await work();
  } finally {
    Atomics.add(budget, 0, wanted);
  }
}
