import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/identity";
import { type Clock, DeadlineError, sleep, type WallClock, withDeadline } from "../time/clock.ts";
import { ArmError, retryAfterMs } from "./errors.ts";

/** A step of the SDK's pipeline, which sees each request of a credential. */
export interface SeesRequests {
  readonly name: string;
  sendRequest(request: SentRequest, next: (request: never) => Promise<SeenResponse>): Promise<never>;
}

interface SentRequest {
  abortSignal?: unknown;
}

interface SeenResponse {
  readonly status: number;
  readonly headers: { toJSON(): Record<string, string> };
}

/** A token, from when on another is asked for, and until when Azure takes it, in milliseconds by our clock. */
interface KeptToken {
  readonly token: AccessToken;
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** How long Entra may take for one answer, in milliseconds: the SDK has no limit. */
const ANSWER_TIMEOUT_MS = 15_000;
/** How long a caller waits for a token, in milliseconds, unless said otherwise; the request goes on, and who comes later gets what it brought. */
const PATIENCE_MS = 5_000;
/** How long a failure is answered from memory, in milliseconds: many pools with one broken credential make one request. */
const MEMORY_MS = 5_000;
/** A token is renewed when it has so long left, in milliseconds. */
const RENEW_MS = 120_000;
/** It is used while it cannot be renewed, until it has so long left, in milliseconds. */
const USABLE_MS = 30_000;

/**
 * One credential's tokens: kept while they are good, asked for once however many want one, and not again right after a failure or before the
 * time that Entra named. Nobody waits for long, so that a credential for which Entra does not answer does not hold those who use another.
 */
export class Manners {
  readonly #clock: Clock;
  readonly #wallClock: WallClock;
  readonly #patienceMs: number;
  readonly #isChain: boolean;
  #closedUntil = 0;
  #token: KeptToken | undefined;
  #credential: TokenCredential | undefined;
  #pending: { readonly since: number; readonly token: Promise<AccessToken> } | undefined;
  #failure: { readonly error: unknown; readonly until: number } | undefined;
  /** What went wrong with the last request that Entra has not answered as it should. */
  #trouble: ArmError | undefined;

  /**
   * @param patienceMs how long a caller waits for a token, in milliseconds
   * @param isChain whether it is a chain of credentials, which asks other places than Entra too and says more than that one of them was silent
   */
  constructor(clock: Clock, wallClock: WallClock, { patienceMs = PATIENCE_MS, isChain = false } = {}) {
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#patienceMs = patienceMs;
    this.#isChain = isChain;
  }

  /** Sees each request of the credential. */
  readonly policy: SeesRequests = {
    name: "sessionpool-operator-manners",
    sendRequest: async (request, next) => {
      const parent = request.abortSignal as AbortSignal | undefined;
      try {
        const response = await withDeadline(this.#clock, ANSWER_TIMEOUT_MS, parent, (abortSignal) => {
          request.abortSignal = abortSignal;
          return next(request as never);
        });
        const wait = retryAfterMs(response.headers.toJSON());
        if (wait !== undefined && (response.status === 429 || response.status === 503))
          this.#closedUntil = this.#clock.now() + wait;
        this.#trouble =
          response.status < 500 ? undefined : unavailable(`Http${response.status}`, `answered HTTP ${response.status}`);
        return response as never;
      } catch (error) {
        this.#trouble =
          error instanceof DeadlineError ? late() : unavailable("ConnectionFailed", "could not be reached");
        throw error;
      }
    },
  };

  /**
   * A credential with these manners. Its getToken rejects with what the SDK says, or with an ArmError `throttled` or `unavailable`.
   *
   * @param make makes the SDK's, which keeps tokens of its own for as long as the wall clock says that they are good
   */
  over(make: () => TokenCredential): TokenCredential {
    return {
      getToken: (scopes, options) => {
        const ask = (): Promise<AccessToken> => this.#ask(make, scopes, options);
        // Azure challenged the token that there is: it is not good any more.
        return options?.claims === undefined ? this.#get(ask) : ask();
      },
    };
  }

  async #get(ask: () => Promise<AccessToken>): Promise<AccessToken> {
    const now = this.#clock.now();
    if (this.#token && now < this.#token.renewAt) return this.#token.token;
    try {
      return await this.#renewed(ask);
    } catch (error) {
      if (this.#token && this.#token.expiresAt - this.#clock.now() > USABLE_MS) return this.#token.token;
      throw error;
    }
  }

  async #renewed(ask: () => Promise<AccessToken>): Promise<AccessToken> {
    const now = this.#clock.now();
    this.#checkPause();
    if (this.#pending) {
      // Somebody waits already, to see whether it works again.
      if (this.#failure) throw this.#failure.error;
    } else {
      if (this.#failure && now < this.#failure.until) throw this.#failure.error;
      this.#pending = { since: now, token: this.#start(ask) };
    }
    const { since, token } = this.#pending;
    const patience = since + this.#patienceMs - now;
    if (patience <= 0) throw late();
    const over = new AbortController();
    try {
      const timeout = sleep(this.#clock, patience, over.signal).then(() => undefined);
      const given = await Promise.race([token, timeout]);
      if (given === undefined) throw late();
      return given;
    } finally {
      over.abort();
    }
  }

  /** Asks once; who waits and who does not, all get to know the end of it. */
  #start(ask: () => Promise<AccessToken>): Promise<AccessToken> {
    const token = ask().then(
      (given) => {
        this.#pending = undefined;
        this.#failure = undefined;
        return given;
      },
      (error: unknown) => {
        this.#pending = undefined;
        this.#failure = { error, until: this.#clock.now() + MEMORY_MS };
        throw error;
      },
    );
    token.catch(() => undefined);
    return token;
  }

  async #ask(
    make: () => TokenCredential,
    scopes: string | string[],
    options: GetTokenOptions | undefined,
  ): Promise<AccessToken> {
    this.#checkPause();
    this.#trouble = undefined;
    try {
      this.#credential ??= make();
      let token = await this.#credential.getToken(scopes, options);
      // The SDK takes its old one for good when the wall clock was set back.
      if (token && this.#token?.token.token === token.token && this.#token.expiresAt - this.#clock.now() <= RENEW_MS) {
        this.#credential = make();
        token = await this.#credential.getToken(scopes, options);
      }
      if (!token) throw new ArmError("unauthenticated", 0, "AuthenticationFailed", "no token for Azure");
      this.#token = this.#kept(token);
      return token;
    } catch (error) {
      this.#checkPause();
      throw this.#trouble && !this.#isChain ? this.#trouble : error;
    }
  }

  /** A token that has just come: how long it is good is measured from now on, whatever the wall clock says later. */
  #kept(token: AccessToken): KeptToken {
    if (this.#token?.token.token === token.token) return this.#token;
    const [now, time] = [this.#clock.now(), this.#wallClock.time()];
    const { expiresOnTimestamp, refreshAfterTimestamp = Infinity } = token;
    const expiresAt = now + expiresOnTimestamp - time;
    return { token, renewAt: Math.min(expiresAt - RENEW_MS, now + refreshAfterTimestamp - time), expiresAt };
  }

  /** @throws ArmError `throttled`, without a request */
  #checkPause(): void {
    const wait = this.#closedUntil - this.#clock.now();
    if (wait > 0) throw new ArmError("throttled", 429, "TooManyRequests", "Entra asked for a pause", wait);
  }
}

/** The same words while it is silent and when it was, so that a status is not rewritten. */
function late(): ArmError {
  return unavailable("Timeout", "did not answer in time");
}

function unavailable(code: string, what: string): ArmError {
  return new ArmError("unavailable", 0, code, `no token for Azure: Entra ${what}`);
}
