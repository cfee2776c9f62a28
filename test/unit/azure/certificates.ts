import { createPrivateKey } from "node:crypto";
import { generate } from "selfsigned";

/** A certificate to sign in with, as an application has it. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes one; RSA unless said otherwise, since Entra takes no other. */
export async function clientCertificate(keyType: "rsa" | "ec" = "rsa"): Promise<ClientCertificate> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "tenant" }], { keyType, keySize: 2048 });
  return { cert: cert.trim(), key: key.trim() };
}

/** The key, encrypted with a password. */
export function encrypted(key: string, passphrase: string): string {
  return createPrivateKey(key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
    .toString()
    .trim();
}
