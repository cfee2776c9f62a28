import { type Clock, withDeadline } from "../time/clock.ts";
import type { KubernetesClient } from "./client.ts";

/** Whom the API server knows by a token. */
export interface TokenUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** How long the API server may take, in milliseconds: Prometheus itself waits no longer than 10 s. */
const REVIEW_TIMEOUT_MS = 5_000;

/** Asks the API server who somebody is and what they may do. */
export class AccessReviews {
  readonly #client: KubernetesClient;
  readonly #clock: Clock;

  /** @param client one whose POSTs need no lease: a review changes nothing */
  constructor(client: KubernetesClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Who the token is of; undefined: it is not valid, or for another audience. @throws KubernetesError, DeadlineError */
  async identify(token: string): Promise<TokenUser | undefined> {
    const review = await this.#review("authentication.k8s.io", "TokenReview", { token });
    const { status } = review as { readonly status?: TokenReviewStatus };
    return status?.authenticated === true && status.user?.username ? status.user : undefined;
  }

  /** Whether they may `get` a path that is no resource's, such as /metrics. @throws KubernetesError, DeadlineError */
  async mayGet(path: string, { username, uid, groups, extra }: TokenUser): Promise<boolean> {
    const review = await this.#review("authorization.k8s.io", "SubjectAccessReview", {
      user: username,
      uid,
      groups,
      extra,
      nonResourceAttributes: { path, verb: "get" },
    });
    const { status } = review as { readonly status?: AccessReviewStatus };
    return status?.allowed === true && status.denied !== true;
  }

  /** @returns the review with its status, as the API server answers it */
  async #review(group: string, kind: string, spec: object): Promise<object> {
    const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
    const review = { apiVersion: `${group}/v1`, kind, spec };
    return await withDeadline(this.#clock, REVIEW_TIMEOUT_MS, undefined, (signal) =>
      this.#client.create(path, review, signal),
    );
  }
}

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: Partial<TokenUser> & Pick<TokenUser, "username">;
}

interface AccessReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
}
