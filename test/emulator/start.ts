import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificate } from "./certificate.ts";
import { ArmModel, type ArmModelOptions } from "./model.ts";

/** A running emulator. */
export interface Emulator {
  /** ARM's base URL, for AZURE_RESOURCE_MANAGER_ENDPOINT. */
  readonly url: string;
  /** Entra's base URL, for AZURE_AUTHORITY_HOST; a token request may also be posted to it directly. */
  readonly tokenUrl: string;
  /** Certificate to trust, e.g. by NODE_EXTRA_CA_CERTS; removed on close. */
  readonly caFile: string;
  readonly model: ArmModel;
  close(): Promise<void>;
}

export interface EmulatorOptions extends Partial<ArmModelOptions> {
  /** 0 (the default) for any free port. */
  readonly port?: number;
}

/** Serves the model over HTTPS on 127.0.0.1, with a certificate made for this run. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const model = new ArmModel({
    clock: Date.now,
    random: Math.random,
    provisioningSeconds: 3,
    anonymous: false,
    ...options,
  });
  const dir = await mkdtemp(join(tmpdir(), "sessionpool-emulator-"));
  const caFile = join(dir, "ca.pem");
  const tls = await certificate("sessionpool emulator");
  await writeFile(caFile, tls.cert);
  const server = createServer({ ...tls, keepAliveTimeout: 60_000 }, (request, response) => {
    const reply = async (): Promise<void> => {
      const body = await readAll(request);
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const result = model.handle({ method: request.method ?? "GET", url: request.url ?? "/", headers, body });
      response.writeHead(result.status, result.headers);
      response.end(result.body);
    };
    // A caller that went away, or a fault of the model's own, ends this request and no other.
    reply().catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error));
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options.port ?? 0, "127.0.0.1", resolve);
  try {
    await promise;
  } catch (error) {
    await rm(dir, { recursive: true });
    throw error;
  }
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tokenUrl: url,
    caFile,
    model,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
