import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { type Child, startChild } from "./processes.ts";

/** etcd without fsync: the data lives as long as the run. */
export function startEtcd(binaries: Binaries, dir: string, port: number, peerPort: number): Child {
  const [command, ...args] = binaries.etcd;
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return startChild({
    name: "etcd",
    logFile: join(dir, "etcd.log"),
    command,
    args: [
      ...args,
      "--data-dir",
      join(dir, "etcd"),
      "--unsafe-no-fsync",
      "--listen-client-urls",
      client,
      "--advertise-client-urls",
      client,
      "--listen-peer-urls",
      peer,
      "--initial-advertise-peer-urls",
      peer,
      "--initial-cluster",
      `default=${peer}`,
      "--log-level",
      "warn",
    ],
  });
}

/** Makes etcd forget what was before its latest revision. */
export async function compactEtcd(port: number): Promise<void> {
  const call = async (path: string, body: object): Promise<{ readonly header: { readonly revision: string } }> => {
    const answer = await fetch(`http://127.0.0.1:${port}/v3/kv/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`etcd refused ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { readonly header: { readonly revision: string } };
  };
  const { header } = await call("range", { key: Buffer.from("/").toString("base64"), limit: "1" });
  await call("compaction", { revision: header.revision, physical: true });
}

/** kube-apiserver with RBAC, token authentication for the admin, TokenRequest, and an audit log. */
export function startApiServer(binaries: Binaries, dir: string, etcdPort: number, port: number): Child {
  const [command, ...args] = binaries["kube-apiserver"];
  return startChild({
    name: "kube-apiserver",
    logFile: join(dir, "kube-apiserver.log"),
    command,
    args: [
      ...args,
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      `--secure-port=${port}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--cert-dir=${join(dir, "certs")}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${join(dir, "sa.key")}`,
      `--service-account-signing-key-file=${join(dir, "sa.key")}`,
      `--token-auth-file=${join(dir, "tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--endpoint-reconciler-type=none",
      `--audit-policy-file=${join(dir, "audit-policy.yaml")}`,
      `--audit-log-path=${join(dir, "audit.log")}`,
      "--shutdown-delay-duration=0s",
    ],
  });
}

/** The controllers that namespaces, owners and ServiceAccounts need; nothing runs Deployments. */
export function startControllerManager(binaries: Binaries, dir: string, kubeconfigFile: string): Child {
  const [command, ...args] = binaries["kube-controller-manager"];
  const controllers = [
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation-controller",
  ];
  return startChild({
    name: "kube-controller-manager",
    logFile: join(dir, "kube-controller-manager.log"),
    command,
    args: [
      ...args,
      `--kubeconfig=${kubeconfigFile}`,
      `--controllers=${controllers.join(",")}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--use-service-account-credentials=true",
      `--service-account-private-key-file=${join(dir, "sa.key")}`,
    ],
  });
}
