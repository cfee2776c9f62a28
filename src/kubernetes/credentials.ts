import { readFile } from "node:fs/promises";
import type https from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "../time/clock.ts";

/** What a connection to the API server is made with. */
export type Tls = Pick<https.RequestOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;

/** What one request signs in with. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Tls;
}

/** client-go reads a token file again after a minute (transport/token_source.go); the kubelet writes a new one when a fifth of its life is left. */
const REREAD_MS = 60_000;

/**
 * Credentials as they are now: certificates and keys are read for each request, a token file once a minute and as soon as its token was refused.
 * client-node reads token files too, but by a clock that may be set, and goes on with a refused token for a minute.
 */
export class CredentialSource {
  readonly #config: KubeConfig;
  readonly #tokenFile: string | undefined;
  readonly #clock: Pick<Clock, "now">;
  #token: { readonly text: string; readonly readAt: number; readonly isRefused?: boolean } | undefined;

  /** @param clock one that is never set */
  constructor(config: KubeConfig, clock: Pick<Clock, "now">) {
    this.#tokenFile = tokenFileOf(config);
    this.#config = this.#tokenFile === undefined ? config : withoutAuthProvider(config);
    this.#clock = clock;
  }

  /** @throws Error when a file cannot be read */
  async get(): Promise<Credentials> {
    const options: https.RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
    if (this.#tokenFile !== undefined) headers.authorization = `Bearer ${await this.#readToken(this.#tokenFile)}`;
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    return { headers, tls: { ca, cert, key, servername, rejectUnauthorized } };
  }

  /** The server did not accept these (401): the next request gets what is in the file then. */
  refused({ headers }: Credentials): void {
    const token = this.#token;
    if (token && headers.authorization === `Bearer ${token.text}`) this.#token = { ...token, isRefused: true };
  }

  async #readToken(file: string): Promise<string> {
    const known = this.#token;
    if (known && known.isRefused !== true && this.#clock.now() - known.readAt < REREAD_MS) return known.text;
    try {
      const text = (await readFile(file, "utf8")).trim();
      if (text === "") throw new Error(`the token file ${file} is empty`);
      this.#token = { text, readAt: this.#clock.now() };
      return text;
    } catch (error) {
      // Whoever writes it may be in the middle of that.
      if (known) return known.text;
      throw error;
    }
  }
}

/** As kubeconfigs of pods have it, and those of our tests; client-node knows no other form. */
function tokenFileOf(config: KubeConfig): string | undefined {
  const { config: provider } = (config.getCurrentUser()?.authProvider ?? {}) as { config?: { tokenFile?: unknown } };
  return typeof provider?.tokenFile === "string" ? provider.tokenFile : undefined;
}

function withoutAuthProvider(config: KubeConfig): KubeConfig {
  const current = config.getCurrentUser();
  const result = new KubeConfig();
  result.loadFromOptions({
    clusters: config.clusters,
    contexts: config.contexts,
    users: config.users.map(({ authProvider, ...user }) =>
      user.name === current?.name ? user : { ...user, authProvider },
    ),
    currentContext: config.currentContext,
  });
  return result;
}
