import { describe, expect, it } from "vitest";
import { ConfigExit, readConfig } from "../../src/config.ts";
import { type Setting, SETTINGS } from "../../src/settings.ts";

describe("the configuration", () => {
  const read = (args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof readConfig> =>
    readConfig(args, env);
  const exitOf = (args: readonly string[], env: Record<string, string> = {}): ConfigExit => {
    try {
      read(args, env);
    } catch (error) {
      if (error instanceof ConfigExit) return error;
    }
    throw new Error("the configuration was taken");
  };

  it("has defaults, takes flags before the environment, and the last of two flags", () => {
    expect(read([])).toMatchObject({
      driftIntervalMs: 300_000,
      concurrency: 100,
      logLevel: "info",
      armEndpoint: "https://management.azure.com",
      armAudience: "https://management.azure.com",
    });
    expect(
      read(["--drift-interval=10s", "--drift-interval=2h"], { DRIFT_INTERVAL: "1m", AZURE_SUBSCRIPTION_ID: "" }),
    ).toMatchObject({ driftIntervalMs: 7_200_000, subscriptionId: undefined });
    expect(read([], { AZURE_RESOURCE_MANAGER_ENDPOINT: "https://management.usgovcloudapi.net/" })).toMatchObject({
      armEndpoint: "https://management.usgovcloudapi.net",
      armAudience: "https://management.usgovcloudapi.net",
    });
  });

  it("names every wrong value at once, with where it came from and what is right", () => {
    const exit = exitOf(["--concurrency=0", "--health-port=70000"], {
      AZURE_SUBSCRIPTION_ID: "mine",
      AZURE_AUTHORITY_HOST: "http://login",
    });
    expect(exit.exitCode).toBe(2);
    expect(exit.message.split("\n")).toEqual([
      'AZURE_SUBSCRIPTION_ID: "mine" is not a UUID',
      '--concurrency: "0" is not a number from 1 to 1000',
      '--health-port: "70000" is not a port from 0 to 65535',
      'AZURE_AUTHORITY_HOST: "http://login" is not an https URL without a path',
    ]);
  });

  it.each([
    ["AZURE_RESOURCE_MANAGER_ENDPOINT", "https://management.azure.com:99999"],
    ["AZURE_RESOURCE_MANAGER_ENDPOINT", "https://management.azure.com\n"],
    ["AZURE_RESOURCE_MANAGER_ENDPOINT", "https://[management"],
    ["AZURE_RESOURCE_MANAGER_AUDIENCE", "https://x:y:z"],
    ["AZURE_RESOURCE_MANAGER_AUDIENCE", "https://management.azure.com/\n"],
    ["AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com:port"],
    ["AZURE_AUTHORITY_HOST", "https://login%microsoftonline.com"],
  ])("refuses what only looks like a URL, under its name: %s=%j", (name, value) => {
    const exit = exitOf([], { [name]: value });
    expect([exit.exitCode, exit.message]).toEqual([
      2,
      expect.stringContaining(`${name}: "${value}" is not an https URL`),
    ]);
  });

  it("takes a list of namespaces, which needs a cluster id", () => {
    expect(read([])).toMatchObject({ watchNamespaces: undefined });
    const both = { watchNamespaces: ["a", "b-2"], clusterId: "c" };
    expect(read(["--namespaces=a,b-2,a", "--cluster-id=c"])).toMatchObject(both);
    expect(read([], { WATCH_NAMESPACES: "a,b-2", CLUSTER_ID: "c" })).toMatchObject(both);
    expect(exitOf(["--namespaces=a"]).message).toMatch(/^--namespaces: set --cluster-id too: .*kube-system/);
    for (const wrong of ["", "a,", "a, b", "A", "a/b", "*"])
      expect(exitOf([`--namespaces=${wrong}`, "--cluster-id=c"]).message).toBe(
        `--namespaces: "${wrong}" is not a list of namespaces, separated by commas without spaces`,
      );
  });

  it("serves metrics to everybody over HTTP, or to whose token counts over HTTPS: a token in clear text is refused", () => {
    const files = ["--metrics-tls-cert-file=/c/tls.crt", "--metrics-tls-key-file=/c/tls.key"];
    const metricsTls = { certFile: "/c/tls.crt", keyFile: "/c/tls.key" };
    expect(read([])).toMatchObject({ metricsAuth: "none", metricsTls: undefined });
    expect(read(files)).toMatchObject({ metricsAuth: "none", metricsTls });
    expect(read(["--metrics-auth=token", ...files])).toMatchObject({ metricsAuth: "token", metricsTls });
    const env = { METRICS_AUTH: "token", METRICS_TLS_CERT_FILE: "/c/tls.crt", METRICS_TLS_KEY_FILE: "/c/tls.key" };
    expect(read([], env)).toMatchObject({ metricsAuth: "token", metricsTls });
    expect(exitOf(["--metrics-auth=token"]).message).toMatch(
      /^--metrics-auth: set --metrics-tls-cert-file .*clear text$/,
    );
    for (const file of files) expect(exitOf(["--metrics-auth=token", file]).message).toMatch(/: set both: /);
  });

  it("refuses a flag that it does not know, and lists all with --help", () => {
    expect(exitOf(["--drift=1"]).exitCode).toBe(2);
    const help = exitOf(["--help"]);
    expect(help.exitCode).toBe(0);
    const names = Object.values<Setting>(SETTINGS).flatMap(({ flag, env, envFirst }) => [
      ...(flag === undefined ? [] : [`--${flag}`]),
      ...(env === undefined ? [] : [env]),
      ...(envFirst === undefined ? [] : [envFirst]),
    ]);
    for (const name of names) expect(help.message).toContain(name);
  });

  it("names everything on the command line that it cannot take, beside wrong values, and what was probably meant", () => {
    const args = [
      "--bogus",
      "--loglevel=debug",
      "--no-leader-elect",
      "--lease_name=a",
      "debug",
      "-x",
      "--concurrency=x",
    ];
    expect(exitOf([...args, "--drift-interval"]).message.split("\n")).toEqual([
      "--bogus: there is no such flag",
      "--loglevel: there is no such flag; is --log-level meant?",
      "--no-leader-elect: there is no such flag; is --leader-elect meant?",
      "--lease_name: there is no such flag; is --lease-name meant?",
      '"debug": is no flag; a value follows its flag as --flag=value',
      "-x: there is no such flag",
      "--drift-interval: has no value; write --drift-interval=value",
      '--concurrency: "x" is not a number from 1 to 1000',
      "Run with --help for all flags.",
    ]);
    expect(exitOf(["--bogus", "-h"]).exitCode).toBe(0);
    expect(read(["--concurrency", "5"])).toMatchObject({ concurrency: 5 });
    expect(exitOf(["--max-drift-corrections", "-1"]).message).toBe(
      '--max-drift-corrections: "-1" is not a number from 0 to 100',
    );
  });

  it("needs two ports, unless any will do", () => {
    expect(read(["--health-port=0", "--metrics-port=0"])).toMatchObject({ healthPort: 0, metricsPort: 0 });
    expect(exitOf(["--health-port=9000"], { METRICS_PORT: "9000" }).message).toBe(
      "--metrics-port: is 9000, as --health-port is: each needs a port of its own",
    );
  });

  it("does not ask for a cluster id that is there and wrong", () => {
    expect(exitOf(["--namespaces=a"], { CLUSTER_ID: "-" }).message).toMatch(/^CLUSTER_ID: "-" is not .*$/);
  });

  it.each<[flag: string, value: string, env: string, set: object]>([
    ["concurrency", "1", "CONCURRENCY", { concurrency: 1 }],
    ["concurrency", "1000", "CONCURRENCY", { concurrency: 1_000 }],
    ["arm-budget-share", "1", "ARM_BUDGET_SHARE", { armBudgetShare: 0.01 }],
    ["arm-budget-share", "100", "ARM_BUDGET_SHARE", { armBudgetShare: 1 }],
    ["max-in-flight-writes", "0", "MAX_IN_FLIGHT_WRITES", { maxInFlightWrites: Infinity }],
    ["max-in-flight-writes", "50", "MAX_IN_FLIGHT_WRITES", { maxInFlightWrites: 50 }],
    ["max-drift-corrections", "0", "MAX_DRIFT_CORRECTIONS", { maxDriftShare: 0 }],
    ["max-drift-corrections", "100", "MAX_DRIFT_CORRECTIONS", { maxDriftShare: 1 }],
    ["watch-label-selector", "shard in (a)", "WATCH_LABEL_SELECTOR", { watchLabelSelector: "shard in (a)" }],
    ["metrics-auth", "none", "METRICS_AUTH", { metricsAuth: "none" }],
    ["leader-elect", "false", "LEADER_ELECT", { leaderElect: false }],
    ["leader-elect", "true", "LEADER_ELECT", { leaderElect: true }],
    ["lease-name", "operator-b", "LEASE_NAME", { leaseName: "operator-b" }],
    ["watch-label-selector", "shard!=a", "WATCH_LABEL_SELECTOR", { watchLabelSelector: "shard!=a" }],
  ])("takes --%s=%s, and the same of the environment", (flag, value, env, set) => {
    expect(read([`--${flag}=${value}`])).toMatchObject(set);
    expect(read([], { [env]: value })).toMatchObject(set);
  });

  it("uses all of Azure's limits, by itself, and all resources, unless told otherwise", () => {
    const all = { watchLabelSelector: undefined, armBudgetShare: 1, maxInFlightWrites: Infinity, maxDriftShare: 0.25 };
    expect(read([])).toMatchObject(all);
    expect(read([])).toMatchObject({ leaderElect: true, leaseName: "sessionpool-operator" });
    // How manifests leave a setting out.
    expect(read([], { WATCH_LABEL_SELECTOR: "", ARM_BUDGET_SHARE: "" })).toMatchObject(all);
  });

  it.each([
    ["--concurrency=1001", "a number from 1 to 1000"],
    ["--arm-budget-share=0", "a number from 1 to 100"],
    ["--arm-budget-share=101", "a number from 1 to 100"],
    ["--arm-budget-share=0.5", "a number from 1 to 100"],
    ["--max-in-flight-writes=-1", "a number from 0 to 999999"],
    ["--max-in-flight-writes=1e3", "a number from 0 to 999999"],
    ["--max-drift-corrections=101", "a number from 0 to 100"],
    ["--max-drift-corrections=25%", "a number from 0 to 100"],
    ["--metrics-auth=yes", "none or token"],
    ["--leader-elect=yes", "true or false"],
    ["--lease-name=Operator", "1 to 63 lower-case letters, digits or '-', with a letter or digit at both ends"],
    // A template with an empty variable would take the resources of every other shard.
    ["--watch-label-selector=", "a label selector, such as shard=a or shard notin (a, b)"],
    [
      "--watch-label-selector=a=b,shard in a",
      'a label selector, such as shard=a or shard notin (a, b): "shard in a" is none of key=value, key in (a, b), key',
    ],
    [
      "--watch-label-selector=shard=a_",
      'a label selector, such as shard=a or shard notin (a, b): "a_" is not the value of a label',
    ],
  ])("refuses %s and says what is right", (arg, expected) => {
    const [flag = "", ...value] = arg.split("=");
    expect(exitOf([arg]).message).toBe(`${flag}: "${value.join("=")}" is not ${expected}`);
  });
});
