/** The labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** A text that the API server would not take for a label selector; the message says what is wrong with which part. */
export class LabelSelectorError extends Error {
  override readonly name = "LabelSelectorError";
}

const KEY = "(?<key>[^\\s=!(),<>]+)";
const FORMS = {
  exists: new RegExp(`^(?<not>!)?\\s*${KEY}$`),
  equals: new RegExp(`^${KEY}\\s*(?<operator>==?|!=)\\s*(?<value>[^\\s=!(),<>]*)$`),
  isIn: new RegExp(`^${KEY}\\s+(?<operator>in|notin)\\s*\\((?<values>[^=!()<>]*)\\)$`),
};
/** What names and values of labels look like, and the DNS name that may stand before a name (apimachinery's IsQualifiedName, IsValidLabelValue). */
export const LABEL_PATTERNS = {
  name: "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?",
  prefix: String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`,
};
const NAME = new RegExp(`^${LABEL_PATTERNS.name}$`);
const PREFIX = new RegExp(`^(?=.{1,253}$)${LABEL_PATTERNS.prefix}$`);
/** The comma between two requirements, not the one in a list of values. */
const BETWEEN = /,(?![^(]*\))/;

/**
 * Reads a label selector as kubectl and the API server do: `key=value`, `key!=value`, `key in (a, b)`, `key notin (a, b)`, `key`, `!key`, with
 * commas for "and". Numbers compared by `<` and `>` are left out.
 *
 * @returns whether labels are selected; `!=` and `notin` select an object without the label too, and `in ()` one whose label is empty
 * @throws LabelSelectorError
 */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const tests = text.split(BETWEEN).map((part) => requirement(part.trim()));
  return (labels) => tests.every((test) => test(labels));
}

function requirement(text: string): (labels: Labels) => boolean {
  const { key = "", not } = FORMS.exists.exec(text)?.groups ?? {};
  if (key !== "") {
    checkKey(key);
    return (labels) => Object.hasOwn(labels, key) !== (not === "!");
  }
  const equals = FORMS.equals.exec(text)?.groups;
  const isIn = equals ? undefined : FORMS.isIn.exec(text)?.groups;
  const { key: label = "", operator = "", value = "", values = value } = equals ?? isIn ?? {};
  if (label === "")
    throw new LabelSelectorError(
      text === "" ? "there is nothing before or after a comma" : `"${text}" is none of key=value, key in (a, b), key`,
    );
  checkKey(label);
  const list = values.split(",").map((entry) => entry.trim());
  for (const entry of list)
    if (entry !== "" && !NAME.test(entry)) throw new LabelSelectorError(`"${entry}" is not the value of a label`);
  const isExcluding = operator === "!=" || operator === "notin";
  return (labels) => (Object.hasOwn(labels, label) && list.includes(labels[label] ?? "")) !== isExcluding;
}

function checkKey(key: string): void {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  if (!NAME.test(key.slice(slash + 1)) || (prefix !== undefined && !PREFIX.test(prefix)))
    throw new LabelSelectorError(`"${key}" is not the key of a label`);
}
