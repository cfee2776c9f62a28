import type { createContainerAppsAPI } from "@azure/arm-appcontainers/api";

type Pipeline = ReturnType<typeof createContainerAppsAPI>["pipeline"];

/** What a trace tells of a call; what is undefined is left out. */
export type CallAttributes = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Runs a call as a span of a trace; `note` tells more of it while it runs. */
export type TraceCall = <T>(
  name: string,
  attributes: CallAttributes,
  run: (note: (attributes: CallAttributes) => void) => Promise<T>,
) => Promise<T>;

/**
 * Traces each call to ARM, with the wait for its token, in the words of OpenTelemetry's semantic conventions (HTTP client, Azure). Never a query: that
 * of an operation's URL is its signature.
 */
export function tracePolicy(trace: TraceCall): Parameters<Pipeline["addPolicy"]>[0] {
  return {
    name: "tracePolicy",
    sendRequest: async (request, next) => {
      const { origin, hostname, port, pathname } = new URL(request.url);
      const attributes = {
        "http.request.method": request.method,
        "url.full": `${origin}${pathname}`,
        "server.address": hostname,
        "server.port": port === "" ? 443 : Number(port),
        "azure.resource_provider.namespace": "Microsoft.App",
      };
      return await trace(`${request.method} ${typeOf(pathname)}`, attributes, async (note) => {
        const response = await next(request);
        const { status, headers } = response;
        const retryAfter = headers.get("retry-after");
        note({
          "http.response.status_code": status,
          "http.response.header.retry-after": retryAfter === undefined ? undefined : [retryAfter],
          "azure.service.request.id": headers.get("x-ms-request-id"),
          "azure.correlation_request.id": headers.get("x-ms-correlation-request-id"),
          "azure.operation.id": operationOf(headers.get("azure-asyncoperation")),
        });
        return response;
      });
    },
  };
}

/** The type of a resource in ARM, without any name: `sessionPools`, `locations/operationStatuses`. */
function typeOf(pathname: string): string {
  const [, rest = ""] = /\/providers\/[^/]+\/(.*)$/.exec(pathname) ?? [];
  return rest
    .split("/")
    .filter((_step, index) => index % 2 === 0)
    .join("/");
}

/** The id at the end of an operation's URL, without what signs it. */
function operationOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname.split("/").at(-1) : undefined;
}
