import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadKubeConfig } from "../../../src/kubernetes/transport.ts";

const DIR = mkdtempSync(join(tmpdir(), "kubeconfig-"));
const file = (name: string, text: string): string => {
  const path = join(DIR, name);
  writeFileSync(path, text);
  return path;
};
const of = (server: string, more: object = {}): string =>
  JSON.stringify({
    clusters: [{ name: "a", cluster: { server, ...more } }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    users: [{ name: "a", user: { token: "t" } }],
    "current-context": "a",
  });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a kubeconfig that cannot be used", () => {
  const none = join(DIR, "none");
  const http = file("http", of("http://a"));
  const text = file("text", "root:x:0:0\n");
  const proxy = file("proxy", of("https://a", { "proxy-url": "http://proxy:3128" }));
  const broken = file("broken", "users: [\n token: hunter2-hunter2\n}");

  it.each([
    ["is not there", none, `--kubeconfig: ${none} cannot be used: ENOENT`],
    ["is a directory", DIR, `--kubeconfig: ${DIR} cannot be used: EISDIR`],
    ["is something else", text, `--kubeconfig: ${text} cannot be used: its current context names no cluster`],
    [
      "is without https",
      http,
      `--kubeconfig: ${http} cannot be used: its current context names no cluster with an https`,
    ],
    ["goes through a proxy", proxy, `--kubeconfig: ${proxy} cannot be used: its cluster has a proxy-url`],
    ["is broken", broken, `--kubeconfig: ${broken} cannot be used: `],
  ])("is named: one that %s", (_what, path, message) => {
    expect(() => loadKubeConfig(path)).toThrow(message);
    // A parser shows the lines that it could not read.
    expect(() => loadKubeConfig(path)).not.toThrow("hunter2");
  });

  it("is named by the variable that names it", () => {
    vi.stubEnv("KUBECONFIG", none);
    expect(() => loadKubeConfig(undefined)).toThrow(`KUBECONFIG: ${none} cannot be used: ENOENT`);
    vi.stubEnv("KUBECONFIG", file("good", of("https://a")));
    expect(loadKubeConfig(undefined).getCurrentCluster()?.server).toBe("https://a");
  });

  it("is not one with an empty proxy-url, which is none", () => {
    expect(() => loadKubeConfig(file("no-proxy", of("https://a", { "proxy-url": "" })))).not.toThrow();
  });
});
