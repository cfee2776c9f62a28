import { Document, visit } from "yaml";
import type { JsonObject } from "../../sessionpool/json.ts";

/** Texts that are plain in YAML whoever reads it, but for the words and signs that the library knows and quotes. */
const PLAIN = /^[A-Za-z/][ -~]*$/;
/** What other readers take for the end of a line, or for no character at all. */
const UNREADABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** A resource as one YAML document, with comment lines above it, to be read by kubectl as it was meant. It ends with a line feed. */
export function yamlDocument(resource: JsonObject, comments: readonly string[]): string {
  const document = new Document(resource, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === "string" && !PLAIN.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  const body = document.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
  return `${comments.map((comment) => `# ${oneLine(comment)}\n`).join("")}${escaped(body)}`;
}

/** A text without line ends and control characters, so that it stays in its line of comments or messages. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

/** Such characters are in double-quoted texts only. */
function escaped(text: string): string {
  return text.replaceAll(UNREADABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
