import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { CheckPem, NamedFile } from "./config.ts";

/** Reads the files, and says in words what OpenSSL would say in codes, or, of certificates to trust, not at all. */
export const pemProblems: CheckPem = (certFile, keyFile) => {
  const problems: string[] = [];
  const attempt = <Result>({ from, path }: NamedFile, take: (text: string) => Result): Result | undefined => {
    // Without a word of it: it may be a key.
    if (/-----BEGIN |\n/.test(path)) {
      problems.push(`${from}: is no path of a file, but what would be in one; put it into a file, and name that`);
      return undefined;
    }
    try {
      return take(readFileSync(path, "utf8"));
    } catch (error) {
      const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
      problems.push(`${from}: ${path} cannot be used: ${reason}`);
      return undefined;
    }
  };
  const certificate = attempt(certFile, firstCertificate);
  const key = keyFile && attempt(keyFile, privateKey);
  if (!keyFile || !certificate || !key) return problems;
  if (certificate.checkPrivateKey(key))
    // What else OpenSSL asks of a certificate, such as a key that is long enough.
    attempt(certFile, (cert) => createSecureContext({ cert, key: readFileSync(keyFile.path) }));
  else
    problems.push(
      `${certFile.from}, ${keyFile.from}: ${certFile.path} and ${keyFile.path} do not belong together: the certificate is of another key; replace both`,
    );
  return problems;
};

/** The first of the certificates, which is the one of the key. All are read: OpenSSL passes over those to trust that it cannot read. */
function firstCertificate(text: string): X509Certificate {
  const parts = text
    .split(/(?=-----BEGIN )/)
    .filter((part) => /^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(part));
  const [first] = parts.map((part, index) => {
    try {
      return new X509Certificate(part);
    } catch {
      throw new Error(`its certificate ${index + 1} is damaged`);
    }
  });
  if (!first) throw new Error("it has no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----");
  return first;
}

function privateKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // OpenSSL says "DECODER routines::unsupported" to all of it.
    throw new Error(
      /ENCRYPTED/.test(text)
        ? "its key needs a passphrase, for which there is no setting"
        : "it has no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----",
    );
  }
}
