import { readFileSync, statSync } from "node:fs";
import type { Server } from "node:tls";

/** The certificate of a server, in PEM files that may be replaced at any time. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** New files cannot be used; those from before still count. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Takes the certificate from its files, and again before a connection when they are others by then: that needs no timer, and no connection sees
 * an old one. New files that cannot be used are complained of once.
 *
 * @throws Error when they cannot be used at the start
 */
export function followFiles(server: Server, { certFile, keyFile, onProblem }: TlsFiles): void {
  const take = (): void => server.setSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  let taken = signatureOf(certFile, keyFile);
  take();
  let complained = "";
  // Before the server's own listener, which begins the handshake.
  server.prependListener("connection", () => {
    const now = signatureOf(certFile, keyFile);
    if (now === taken) return;
    try {
      take();
      taken = now;
    } catch (error) {
      if (now !== complained) onProblem(error);
      complained = now;
    }
  });
}

/** Changes with the files: a mounted Secret is replaced by other files under the same names. */
function signatureOf(...files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        const stat = statSync(file);
        return `${stat.dev}:${stat.ino}:${stat.mtimeMs}:${stat.size}`;
      } catch {
        // Nobody would catch it in a listener. Why it cannot be used, whoever reads it finds out.
        return "unreadable";
      }
    })
    .join(" ");
}
