import { deflateRawSync, inflateRawSync } from "node:zlib";

/** From so many pools on they are kept packed, in some 300 bytes of 2,000 each: fewer need no saving. */
const MANY = 1_000;
/** A window as large as what is packed, and little memory for each call, since Node frees it late. */
const WINDOW = { windowBits: 13, memLevel: 5, level: 1, chunkSize: 2_048 };

/** A pool in JSON, as it is kept. */
export interface PoolText {
  readonly text: string;
  readonly isPacked: boolean;
}

/** Keeps pools in little memory: they look alike, so each is packed by what it has in common with the first. */
export class PoolTexts {
  #first: Buffer | undefined;

  /**
   * Keeps a pool.
   *
   * @param known what was kept of it before
   * @param count how many pools there are
   * @returns `known` when it is the same
   */
  keep(pool: object, known: PoolText | undefined, count: number): PoolText {
    const text = JSON.stringify(pool);
    const isPacked = known?.isPacked ?? count >= MANY;
    const kept = isPacked ? this.#pack(text) : text;
    return known?.text === kept ? known : { text: kept, isPacked };
  }

  /** The pool. */
  read({ text, isPacked }: PoolText): object {
    return JSON.parse(isPacked ? this.#unpack(text) : text) as object;
  }

  #pack(text: string): string {
    this.#first ??= Buffer.from(text);
    // A string of bytes, which takes less than a buffer.
    return deflateRawSync(text, { ...WINDOW, dictionary: this.#first }).toString("latin1");
  }

  #unpack(text: string): string {
    return inflateRawSync(Buffer.from(text, "latin1"), { ...WINDOW, dictionary: this.#first }).toString("utf8");
  }
}
