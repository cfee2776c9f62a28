import { onTestFinished } from "vitest";

type Data = ReadonlyMap<string, string>;

/** Shorter values occur by chance: a test's Secret has none. */
const MIN_LENGTH = 8;
/** What is longer is known by its beginning. */
const LONG = 32;
/** Keys whose values say who signs in, which messages may name. */
const NOT_SECRET: ReadonlySet<string> = new Set(["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_SUBSCRIPTION_ID"]);

/** The Kubernetes Secrets of a world. A test that shows a value that was ever in one of them fails. */
export class GuardedSecrets extends Map<string, Data> {
  readonly #forms = new Set<string>();
  /** Where values were shown. */
  readonly #leaks = new Set<string>();

  constructor() {
    super();
    onTestFinished(() => {
      if (this.#leaks.size > 0) throw new Error(`a secret value is shown in ${[...this.#leaks].join(", ")}`);
    });
  }

  /** @throws Error for a value that cannot be looked for */
  override set(name: string, data: Data): this {
    for (const [key, value] of data) {
      if (NOT_SECRET.has(key)) continue;
      if (value.length < MIN_LENGTH) throw new Error(`the value of ${key} in ${name} is too short to be looked for`);
      for (const form of formsOf(value)) this.#forms.add(form).add(JSON.stringify(form).slice(1, -1));
    }
    return super.set(name, data);
  }

  /** Looks at something that people can read. */
  look(place: string, text: string): void {
    for (const form of this.#forms) if (text.includes(form)) this.#leaks.add(place);
  }
}

/** A value, each of its lines but for those that say what it is, and the beginning of a long one, which a message may have cut. */
function formsOf(value: string): readonly string[] {
  const lines = value.split("\n").filter((line) => line.length >= MIN_LENGTH && !line.startsWith("-----"));
  return [value, ...lines, ...(value.length > LONG ? [value.slice(0, LONG)] : [])];
}
