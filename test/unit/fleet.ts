import { isReadyAt } from "../../src/api/conditions.ts";
import type { SessionPool } from "../../src/api/session-pool.ts";
import { objectOr } from "../../src/sessionpool/json.ts";
import { custom, python } from "../simulation/specs.ts";
import { HERE, poolId, Stage, type StageOptions } from "./attacks/stage.ts";

/** The whole operator with many resources. */
export class Fleet extends Stage {
  readonly names: readonly string[];
  /** How many calls have been looked at. */
  #seen = 0;

  constructor(size: number, options: StageOptions = {}) {
    super({ pageSize: 20, ...options });
    this.names = Array.from({ length: size }, (_, index) => `pool${String(index).padStart(2, "0")}`);
  }

  /** @throws Error when the operator has ended by itself */
  end(): void {
    this.stop();
    if (this.exits.length > 0) throw new Error("the operator ended by itself", { cause: this.exits[0] });
  }

  /** kubectl apply of all. @param kind built-in pools are ready at once, those with containers after a minute */
  apply(kind: "built-in" | "containers", names = this.names): void {
    for (const name of names) this.create(name, kind === "built-in" ? python() : custom(), HERE);
  }

  isReady(name: string): boolean {
    const { metadata, status } = this.resource(name) ?? {};
    return isReadyAt(status?.conditions, metadata?.generation ?? 0);
  }

  ready(): number {
    return this.names.filter((name) => this.isReady(name)).length;
  }

  /** Names of the resources whose reason is this. */
  because(reason: string): readonly string[] {
    return this.names.filter((name) => this.told(name).startsWith(`${reason}:`));
  }

  /** Somebody changes the size of pools in Azure, or puts it back. */
  resize(names: readonly string[], maxConcurrentSessions: number): void {
    for (const name of names) {
      const pool = this.pool(poolId(name)) ?? {};
      const scaleConfiguration = { ...objectOr(objectOr(pool.properties).scaleConfiguration), maxConcurrentSessions };
      const body = { ...pool, properties: { ...objectOr(pool.properties), scaleConfiguration } };
      const { status } = this.azure.asSomebody("PUT", poolId(name), body);
      if (status >= 300) throw new Error(`PUT ${name}: ${status}`);
    }
  }

  sizeOf(name: string): unknown {
    return objectOr(objectOr(this.pool(poolId(name))?.properties).scaleConfiguration).maxConcurrentSessions;
  }

  /** Writes to Azure since the last time, e.g. `PUT pool00`. */
  newWrites(): readonly string[] {
    const calls = this.network.calls.slice(this.#seen);
    this.#seen = this.network.calls.length;
    return calls
      .filter(({ side, method }) => side === "azure" && (method === "PUT" || method === "DELETE"))
      .map(({ method, about }) => `${method} ${about}`);
  }

  annotate(name: string, annotations: Readonly<Record<string, string>>): void {
    this.patch(name, { metadata: { annotations } });
  }

  status(name: string): SessionPool["status"] {
    return this.resource(name)?.status;
  }

  /** Pools that Azure works on because of PUTs. */
  inProgress(): number {
    const states = this.names.map((name) => objectOr(this.pool(poolId(name))?.properties).provisioningState);
    return states.filter((state) => state === "InProgress").length;
  }
}
