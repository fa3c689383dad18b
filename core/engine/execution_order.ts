/**
 * Makes ONNX Runtime run nodes in the order in which they were built.
 *
 * The runtime ignores the order of nodes in a file. It walks from the outputs back to what they read,
 * always along the input whose node stands last in the file, and runs a node when all it reads has
 * run. Taken as built, a training step would compute every weight gradient at the very end, when
 * activations and gradients have long left the processor's caches, and keep them all until then.
 *
 * Builders put nodes where they are best run: a weight gradient beside the gradient that it reads, a
 * mask just before its use. So of two inputs the one that is to run first has to stand last.
 *
 * @module
 */

import type { Node } from "../onnx/graph.ts";

/** Positions, the largest first. */
class LargestFirst {
  readonly #heap: number[] = [];

  get empty(): boolean {
    return this.#heap.length === 0;
  }

  push(value: number): void {
    const heap = this.#heap;
    let place = heap.push(value) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (heap[parent]! >= value) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = value;
  }

  pop(): number {
    const heap = this.#heap;
    const largest = heap[0]!, value = heap.pop()!;
    if (heap.length === 0) return largest;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! > heap[child]!) child++;
      if (heap[child]! <= value) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = value;
    return largest;
  }
}

/**
 * The nodes of a graph in an order for its file, from which the runtime finds back to the order of
 * building: what reads comes after what is read, and otherwise what is to run last comes first.
 */
export function fileOrder(nodes: readonly Node[]): Node[] {
  const producer = new Map<string, number>();
  nodes.forEach(({ outputs }, index) => {
    for (const { name } of outputs) producer.set(name, index);
  });
  const readers: number[][] = nodes.map(() => []);
  const missing = nodes.map(({ inputs }, index) => {
    const read = new Set<number>();
    for (const { name } of inputs) {
      const from = producer.get(name);
      if (from !== undefined) read.add(from);
    }
    for (const from of read) readers[from]!.push(index);
    return read.size;
  });
  const ready = new LargestFirst();
  missing.forEach((count, index) => {
    if (count === 0) ready.push(index);
  });
  const order: Node[] = [];
  while (!ready.empty) {
    const index = ready.pop();
    order.push(nodes[index]!);
    for (const reader of readers[index]!) {
      if (--missing[reader]! === 0) ready.push(reader);
    }
  }
  return order;
}
