/** What a span tells; what is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Tells more of a span while it runs. */
export type Note = (attributes: Attributes) => void;

/** Traces what is done. A span that begins within another's work is its child. Nothing here waits for whoever receives the spans, or fails with them. */
export interface Tracer {
  /** Runs a piece of our own work as a span. */
  readonly work: <T>(name: string, attributes: Attributes, run: (note: Note) => Promise<T>) => Promise<T>;
  /** Runs a call to another as a span. */
  readonly call: <T>(name: string, attributes: Attributes, run: (note: Note) => Promise<T>) => Promise<T>;
  /** Begins a wait; what it returns ends it. */
  readonly wait: (name: string, attributes: Attributes) => () => void;
  /** `trace_id` and `span_id` of the work that the caller is part of; empty outside of any. */
  readonly ids: () => { readonly trace_id?: string; readonly span_id?: string };
  /** Sends what is not sent yet, but not for long. */
  readonly close: () => Promise<void>;
}
