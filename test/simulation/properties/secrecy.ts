import type { Answer, Call } from "../calls.ts";

/** Shortest text worth looking for. */
const MIN_LENGTH = 8;

/**
 * Texts that must be nowhere but where they belong: secret values (in the Secret that was read and in the PUT's secrets), access tokens, the
 * signed part of operation URLs, the key of the hashes.
 */
export class Secrecy {
  readonly #texts = new Map<string, string>();

  /** @param what names the text in a violation, which must not show it */
  add(what: string, text: string): void {
    if (text.length >= MIN_LENGTH) this.#texts.set(text, what);
  }

  /** Learns of tokens and signatures from what servers answer. */
  learn({ name, side }: Call, { headers, body }: Answer): void {
    if (name === "POST token") this.add("an access token", /"access_token":"([^"]+)"/.exec(body)?.[1] ?? "");
    const url = headers["azure-asyncoperation"] ?? headers.location ?? "";
    if (side === "azure") this.add("the signature of an operation URL", /[?&]s=([^&]+)/.exec(url)?.[1] ?? "");
  }

  /** What of it is in a text. */
  foundIn(text: string): string | undefined {
    for (const [secret, what] of this.#texts) if (text.includes(secret)) return what;
    return undefined;
  }

  /** What of it a call carries where it does not belong. */
  foundInCall({ name, side, path, body = "" }: Call): string | undefined {
    if (name === "GET operation" || side === "entra") return undefined;
    // The operator makes one Secret itself: that of the hash key.
    if (name === "POST secrets") return undefined;
    return this.foundIn(path) ?? this.foundIn(name === "PUT pool" ? withoutSecretValues(body) : body);
  }
}

/** A PUT's body without the one place where values belong. */
function withoutSecretValues(body: string): string {
  return JSON.stringify(JSON.parse(body), (key, value: unknown) =>
    key === "secrets" && Array.isArray(value) ? value.map((entry: object) => ({ ...entry, value: undefined })) : value,
  );
}
