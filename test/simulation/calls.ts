/** Where a call goes. */
export type Side = "kubernetes" | "azure" | "entra";

/** One request that leaves the operator. */
export interface Call {
  /** Its number in the run, from 0. */
  readonly index: number;
  /** Which start of the operator sends it, from 1. */
  readonly process: number;
  readonly side: Side;
  /** Scheme, host and port of a call to Azure or Entra; empty for Kubernetes, which has one. */
  readonly host: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string | undefined;
  /** What it is, e.g. `PATCH status`, `GET pool`. */
  readonly name: string;
  /** What it is about, e.g. `team-a/alpha`, or empty. */
  readonly about: string;
  readonly at: number;
  /** The application that signs in, for calls to Azure and Entra, as far as the call says. */
  readonly principal: string;
}

/** An answer as a server gave it, or as a fault made it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whose token a call to Azure carries, or which application asks Entra for one. */
export function principalOf(authorization: string | undefined, body: string | undefined): string {
  const [, payload = ""] = authorization?.split(".") ?? [];
  const { appid } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8") || "{}") as { appid?: string };
  return appid ?? new URLSearchParams(body ?? "").get("client_id") ?? "";
}

/** What a call is and what it is about, by its path alone. */
export function classify(side: Side, method: string, path: string): Pick<Call, "name" | "about"> {
  const { pathname, searchParams } = new URL(path, "https://any.invalid");
  const steps = pathname.split("/").filter((step) => step !== "");
  if (side === "entra") return { name: `${method} ${steps.at(-1) ?? "entra"}`, about: "" };
  if (side === "azure") {
    if (steps.includes("operationStatuses") || steps.includes("operationResults"))
      return { name: `${method} operation`, about: "" };
    return { name: `${method} ${steps.length === 8 ? "pool" : "pools"}`, about: steps[7] ?? "" };
  }
  const inNamespace = steps.indexOf("namespaces");
  const namespace = inNamespace >= 0 ? (steps[inNamespace + 1] ?? "") : "";
  const [plural = "namespace", name = "", subresource] = steps.slice(
    inNamespace >= 0 ? inNamespace + 2 : steps[0] === "api" ? 2 : 3,
  );
  const verb =
    searchParams.get("watch") === "true"
      ? "WATCH"
      : method === "GET" && name === "" && plural !== "namespace"
        ? "LIST"
        : method;
  const what = subresource ?? (name === "" || plural === "namespace" ? plural : plural.replace(/s$/, ""));
  return { name: `${verb} ${what}`, about: name === "" ? namespace : `${namespace}/${name}` };
}
