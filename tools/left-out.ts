import type { Plugin } from "esbuild";

/** A module of a dependency that the operator never needs, and what stands in its place. */
interface LeftOut {
  /** How it is imported. */
  readonly path: RegExp;
  /** By which files; left out: by any. */
  readonly importer?: RegExp;
  /** Where it is imported when it is needed; left out: where it is at start. */
  readonly isLazy?: true;
  /** A module whose exports are all that is used of it: whoever comes to need more sees the build fail. */
  readonly instead: string;
}

/** Each with the reason why nobody misses it. */
const LEFT_OUT: readonly LeftOut[] = [
  {
    // Of undici's million bytes, a pooled HTTP/1.1 agent is used, not fetch, caches, mocks and WebSockets. (ProxyAgent: only client-node's own requests.)
    path: /^undici$/,
    instead: `
      import Agent from "undici/lib/dispatcher/agent.js";
      import ProxyAgent from "undici/lib/dispatcher/proxy-agent.js";
      import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
      import api from "undici/lib/api/index.js";
      Object.assign(Dispatcher.prototype, api);
      const request = (url, { dispatcher, ...options }) => {
        const { origin, pathname, search } = new URL(url);
        return dispatcher.request({ ...options, origin, path: pathname + search });
      };
      export { Agent, ProxyAgent, request };`,
  },
  {
    // client-node reads kubeconfigs and signs in; its thousand models, exec, cp and port-forward belong to a client that is not used.
    path: /^@kubernetes\/client-node$/,
    instead: `export { KubeConfig } from "@kubernetes/client-node/dist/config.js";`,
  },
  {
    // The same from inside: what KubeConfig.makeApiClient needs, which nobody calls.
    path: /^\.\/gen\/(index|rxjsStub)\.js$/,
    importer: /@kubernetes\/client-node\/dist\/(config|middleware)\.js$/,
    instead: `
      const none = () => { throw new Error("the bundle has no API clients of client-node"); };
      export { none as createConfiguration, none as ServerConfiguration, none as of };`,
  },
  {
    // Where the logger was made, for transports with relative paths, of which there are none: it asks for a stack, and Node reads the source map for it.
    path: /^\.\/lib\/caller$/,
    importer: /\/pino\/pino\.js$/,
    instead: "module.exports = () => [];",
  },
  {
    // Of node:http, what is used: an import of it, which the bundle's would be, loads fetch and WebSockets, since Node reads all that it exports.
    path: /^(node:)?http$/,
    instead: 'module.exports = require("node:http");',
  },
  {
    // Opens a browser for a person who signs in; there is none in a pod, and no credential of the operator's wants one.
    path: /^open$/,
    importer: /@azure\/identity/,
    isLazy: true,
    instead: `export default () => { throw new Error("the operator opens no browser"); };`,
  },
];

/** Leaves out of a bundle what the operator never needs of its dependencies: it is read at each start, and stays in memory. */
export const leaveOut: Plugin = {
  name: "leave-out",
  setup: (bundle) => {
    for (const [index, { path, importer, isLazy = false }] of LEFT_OUT.entries())
      bundle.onResolve({ filter: path }, (found) => {
        const isOther =
          (importer !== undefined && !importer.test(found.importer)) || (found.kind === "dynamic-import") !== isLazy;
        return isOther || found.namespace === "left-out" ? undefined : { path: String(index), namespace: "left-out" };
      });
    bundle.onLoad({ filter: /./, namespace: "left-out" }, ({ path }) => ({
      contents: LEFT_OUT[Number(path)]?.instead ?? "",
      resolveDir: process.cwd(),
    }));
  },
};
