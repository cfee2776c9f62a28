/** A place in a {@link Heap}. */
export interface Entry<T> {
  readonly at: number;
  readonly item: T;
}

interface Node<T> extends Entry<T> {
  /** How many came before it. */
  readonly order: number;
  /** Where it stands; -1 once it is out. */
  index: number;
}

/** Items by the time at which they are due; of those due at the same time, the first that came is first. Adding and removing cost log n. */
export class Heap<T> {
  readonly #nodes: Node<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#nodes.length;
  }

  /** What is due first. */
  get first(): Entry<T> | undefined {
    return this.#nodes[0];
  }

  /** @throws RangeError when `at` is no number: it would stand nowhere */
  add(at: number, item: T): Entry<T> {
    if (Number.isNaN(at)) throw new RangeError("a time that is no number");
    const node = { at, item, order: (this.#order += 1), index: this.#nodes.length };
    this.#nodes.push(node);
    this.#rise(node);
    return node;
  }

  /** Takes an entry of this heap out; one that is out stays out. */
  remove(entry: Entry<T>): void {
    const node = entry as Node<T>;
    const { index } = node;
    const last = index < 0 ? undefined : this.#nodes.pop();
    node.index = -1;
    if (!last || last === node) return;
    this.#place(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(node: Node<T>): void {
    while (node.index > 0) {
      const above = this.#nodes[(node.index - 1) >> 1] as Node<T>;
      if (!isBefore(node, above)) return;
      const { index } = above;
      this.#place(above, node.index);
      this.#place(node, index);
    }
  }

  #sink(node: Node<T>): void {
    for (;;) {
      const [left, right] = [this.#nodes[2 * node.index + 1], this.#nodes[2 * node.index + 2]];
      const below = right && left && isBefore(right, left) ? right : left;
      if (!below || !isBefore(below, node)) return;
      const { index } = below;
      this.#place(below, node.index);
      this.#place(node, index);
    }
  }

  #place(node: Node<T>, index: number): void {
    node.index = index;
    this.#nodes[index] = node;
  }
}

function isBefore<T>(one: Node<T>, other: Node<T>): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
