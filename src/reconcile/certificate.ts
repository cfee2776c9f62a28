import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** A certificate to sign in with, or what is wrong with it; `key` says whether the certificate or its password is meant. */
export type CertificateResult =
  | {
      readonly ok: true;
      /** The private key, not encrypted, and the certificates, that of the key first. */
      readonly pem: string;
    }
  | { readonly ok: false; readonly key: "certificate" | "password"; readonly problem: string };

/** Nothing inside has the five dashes, so that each character is looked at once, whatever somebody wrote. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----(?:(?!-----)[\s\S])*-----END \1-----/g;
/** More text and more certificates than this no chain has. */
const MAX_LENGTH = 65_536;
const MAX_CERTIFICATES = 10;
/** Entra takes RSA keys of 2048 bits and more; larger ones than this would keep the process busy when it signs. */
const BITS = { least: 2048, most: 8192 };
/** openssl makes 2,048 rounds when it encrypts a key; many more would keep the process busy. */
const MAX_ROUNDS = 1_000_000;

/**
 * Reads a certificate and its private key in PEM form.
 *
 * @param password of the key; undefined when it is not encrypted
 */
export function readCertificate(text: string, password: string | undefined): CertificateResult {
  const blocks = [...text.slice(0, MAX_LENGTH).matchAll(BLOCK)].map(([pem, label = ""]) => ({ pem, label }));
  const chain = blocks.filter(({ label }) => label === "CERTIFICATE").slice(0, MAX_CERTIFICATES);
  const key = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (chain.length === 0 || !key)
    return wrong("must hold a certificate and its private key in PEM form (openssl pkcs12 -nodes makes that of a PFX)");
  const opened = open(key.pem, key.label, password);
  if (!("export" in opened)) return opened;
  const bits = opened.asymmetricKeyDetails?.modulusLength ?? 0;
  if (opened.asymmetricKeyType !== "rsa" || bits < BITS.least || bits > BITS.most)
    return wrong(`the key must be an RSA key of ${BITS.least} to ${BITS.most} bits`);
  const own = chain.find(({ pem }) => belongs(pem, opened));
  if (!own) return wrong("no certificate in it belongs to its private key");
  const others = chain.filter((block) => block !== own).map(({ pem }) => pem);
  const plain = opened.export({ format: "pem", type: "pkcs8" }).toString().trim();
  return { ok: true, pem: [plain, own.pem, ...others].join("\n") };
}

function open(pem: string, label: string, password: string | undefined): KeyObject | CertificateResult {
  const isEncrypted = label === "ENCRYPTED PRIVATE KEY" || pem.includes("Proc-Type: 4,ENCRYPTED");
  if (isEncrypted && password === undefined)
    return { ok: false, key: "password", problem: "is missing, and the private key is encrypted" };
  if (label === "ENCRYPTED PRIVATE KEY" && !(roundsOf(pem) <= MAX_ROUNDS))
    return wrong(
      `the key must be encrypted as openssl does it, by PBKDF2 with at most ${MAX_ROUNDS} rounds, or not at all`,
    );
  try {
    // The words of a failure could quote the key.
    return createPrivateKey({ key: pem, format: "pem", ...(isEncrypted ? { passphrase: password } : {}) });
  } catch {
    return isEncrypted
      ? { ok: false, key: "password", problem: "does not open the private key" }
      : wrong("its private key cannot be read");
  }
}

function belongs(pem: string, key: KeyObject): boolean {
  try {
    return new X509Certificate(pem).checkPrivateKey(key);
  } catch {
    return false;
  }
}

const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";

/** The rounds of an encrypted key (RFC 8018, PBES2 with PBKDF2); NaN when it is encrypted in another way. */
function roundsOf(pem: string): number {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ""), "base64");
  let at = 0;
  /** Reads the head of a value and stays at its content. */
  const enter = (tag: number): number => {
    if (der[at] !== tag) return NaN;
    const first = der[at + 1] ?? 0;
    const more = first < 0x80 ? 0 : first - 0x80;
    at += 2 + more;
    return more === 0 ? first : more <= 4 && at <= der.length ? der.readUIntBE(at - more, more) : NaN;
  };
  const take = (tag: number): string => {
    const length = enter(tag);
    const content = der.subarray(at, at + length).toString("hex");
    at += length;
    return content;
  };
  const [SEQUENCE, OBJECT, OCTETS, INTEGER] = [0x30, 0x06, 0x04, 0x02];
  enter(SEQUENCE);
  enter(SEQUENCE);
  if (take(OBJECT) !== PBES2) return NaN;
  enter(SEQUENCE);
  enter(SEQUENCE);
  if (take(OBJECT) !== PBKDF2) return NaN;
  enter(SEQUENCE);
  take(OCTETS);
  const rounds = take(INTEGER);
  return rounds === "" ? NaN : Number(`0x${rounds}`);
}

function wrong(problem: string): CertificateResult {
  return { ok: false, key: "certificate", problem };
}
