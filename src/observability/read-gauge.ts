import { Gauge, type Registry } from "prom-client";

/** A value with the labels that it is told with. */
export interface Reading<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

export interface ReadGaugeOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** Called when Prometheus asks; undefined tells nothing. */
  readonly read: () => readonly Reading<Label>[] | undefined;
  /** Makes one of two values with the same labels. */
  readonly merge: (a: number, b: number) => number;
}

/** A gauge that is read when Prometheus asks; what is not read any more is told no more. */
export function readGauge<Label extends string>(registry: Registry, options: ReadGaugeOptions<Label>): void {
  const { name, help, labelNames, read, merge } = options;
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect: () => {
      gauge.reset();
      const merged = new Map<string, Reading<Label>>();
      for (const { labels, value } of read() ?? []) {
        const key = JSON.stringify(labelNames.map((label) => labels[label]));
        const before = merged.get(key);
        merged.set(key, { labels, value: before ? merge(before.value, value) : value });
      }
      for (const { labels, value } of merged.values()) gauge.set({ ...labels }, value);
    },
  });
}
