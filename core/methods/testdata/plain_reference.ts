/**
 * LGD and SEED as straight loops in float64, written from their descriptions; shares no code with
 * what it checks. Gradients are central differences of the loss.
 *
 * @module
 */

/** Rows of numbers. */
export type Matrix = number[][];

/** A flat float32 matrix as rows. */
export function toRows(data: ArrayLike<number>, columns: number): Matrix {
  const rows: Matrix = [];
  for (let start = 0; start < data.length; start += columns) {
    rows.push(Array.from({ length: columns }, (_, column) => data[start + column]!));
  }
  return rows;
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

function softmax(logits: readonly number[], temperature: number): number[] {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - highest) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** −Σ softmax(t/τ_T) · ln softmax(s/τ_S) of one image. */
function crossEntropy(
  student: readonly number[],
  teacher: readonly number[],
  temperatures: { student: number; teacher: number },
): number {
  const target = softmax(teacher, temperatures.teacher);
  const answer = softmax(student, temperatures.student);
  let sum = 0;
  for (let k = 0; k < target.length; k++) sum -= target[k]! * Math.log(answer[k]!);
  return sum;
}

/** d loss / d z for every element of z, by central differences. */
export function numericGradient(loss: (z: Matrix) => number, z: Matrix): Matrix {
  const step = 1e-5;
  return z.map((row, image) =>
    row.map((value, column) => {
      const moved = (amount: number) =>
        loss(z.map((other, index) => index === image ? other.with(column, value + amount) : other));
      return (moved(step) - moved(-step)) / (2 * step);
    })
  );
}

/** Settings of {@linkcode PlainLgd}. */
export interface PlainLgdOptions {
  readonly text: Matrix;
  readonly bank: Matrix;
  readonly temperatures: { student: number; teacher: number };
  readonly alpha: number;
  readonly momentum: number;
  readonly renormalize: boolean;
  readonly prependPositive: boolean;
}

/** LGD with its visual bank. */
export class PlainLgd {
  readonly #options: PlainLgdOptions;
  /** V as it is now. */
  bank: Matrix;
  /** Whether each class has been visited. */
  visited: boolean[];

  constructor(options: PlainLgdOptions) {
    this.#options = options;
    this.bank = options.bank.map((row) => [...row]);
    this.visited = options.text.map(() => false);
  }

  /** Both parts of the loss and the loss, before the bank moves. */
  loss(student: Matrix, teacher: Matrix): { loss: number; visual: number; textual: number } {
    const { text, temperatures, alpha, prependPositive } = this.#options;
    let visual = 0, textual = 0;
    for (let image = 0; image < student.length; image++) {
      const zS = student[image]!, zT = teacher[image]!;
      const logits = (z: number[]) => {
        const anchors = this.bank.map((anchor) => dot(z, anchor));
        return prependPositive ? [dot(z, zT), ...anchors] : anchors;
      };
      visual += crossEntropy(logits(zS), logits(zT), temperatures) / student.length;
      const words = (z: number[]) => text.map((anchor) => dot(z, anchor));
      textual += crossEntropy(words(zS), words(zT), temperatures) / student.length;
    }
    return { loss: alpha * visual + (1 - alpha) * textual, visual, textual };
  }

  /**
   * Moves the bank after a batch.
   *
   * @returns How many classes were visited for the first time, again, and not at all.
   */
  update(teacher: Matrix): { first: number; again: number; absent: number } {
    const { text, momentum, renormalize } = this.#options;
    const counts = { first: 0, again: 0, absent: 0 };
    const classOf = teacher.map((z) => {
      const similarities = text.map((anchor) => dot(z, anchor));
      return similarities.indexOf(Math.max(...similarities));
    });
    for (let k = 0; k < text.length; k++) {
      const members = teacher.filter((_, image) => classOf[image] === k);
      if (members.length === 0) {
        counts.absent++;
        continue;
      }
      const mean = members[0]!.map((_, column) =>
        members.reduce((sum, member) => sum + member[column]!, 0) / members.length
      );
      counts[this.visited[k] ? "again" : "first"]++;
      const next = this.visited[k]
        ? mean.map((value, column) => momentum * this.bank[k]![column]! + (1 - momentum) * value)
        : mean;
      const length = renormalize ? Math.sqrt(dot(next, next)) : 1;
      this.bank[k] = next.map((value) => value / length);
      this.visited[k] = true;
    }
    return counts;
  }
}

/** SEED with its queue as the ring buffer of the official code. */
export class PlainSeed {
  readonly #temperatures: { student: number; teacher: number };
  readonly #ring: Matrix;
  #place = 0;

  constructor(queue: Matrix, temperatures: { student: number; teacher: number }) {
    this.#ring = queue.map((row) => [...row]);
    this.#temperatures = temperatures;
  }

  /** The loss, before the queue moves. */
  loss(student: Matrix, teacher: Matrix): number {
    let sum = 0;
    for (let image = 0; image < student.length; image++) {
      const logits = (z: number[]) => [
        dot(z, teacher[image]!),
        ...this.#ring.map((entry) => dot(z, entry)),
      ];
      sum += crossEntropy(logits(student[image]!), logits(teacher[image]!), this.#temperatures);
    }
    return sum / student.length;
  }

  /** Writes the batch over the oldest entries. */
  enqueue(teacher: Matrix): void {
    for (const row of teacher) {
      this.#ring[this.#place] = [...row];
      this.#place = (this.#place + 1) % this.#ring.length;
    }
  }

  /** The entries, those of the newest batch first, each batch in its own order. */
  newestFirst(batchSize: number): Matrix {
    const entries: Matrix = [];
    for (let back = batchSize; back <= this.#ring.length; back += batchSize) {
      for (let row = 0; row < batchSize; row++) {
        const place = (this.#place - back + row + 2 * this.#ring.length) % this.#ring.length;
        entries.push(this.#ring[place]!);
      }
    }
    return entries;
  }
}
