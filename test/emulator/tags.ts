import { ArmFault } from "./http.ts";

const RESERVED = /[<>%&\\?/]/;
const MAX_COUNT = 50;
const MAX_NAME_LENGTH = 512;
const MAX_VALUE_LENGTH = 256;

/**
 * ARM's limits of tags, the same for every resource (azure-session-pools §5). The codes are those that scripts around ARM quote.
 *
 * @throws ArmFault 400
 */
export function checkTags(tags: Readonly<Record<string, unknown>> | undefined): void {
  const entries = Object.entries(tags ?? {});
  if (entries.length > MAX_COUNT) {
    throw new ArmFault(400, "InvalidTags", `A resource may have at most ${MAX_COUNT} tags.`);
  }
  for (const [name, value] of entries) {
    if (RESERVED.test(name)) {
      throw new ArmFault(
        400,
        "InvalidTagNameCharacters",
        `The tag names '${name}' have reserved characters '<,>,%,&,\\,?,/' or control characters.`,
      );
    }
    if (name === "" || name.length > MAX_NAME_LENGTH) {
      throw new ArmFault(
        400,
        "InvalidTagName",
        `Tag name must have 1 to ${MAX_NAME_LENGTH} characters: '${name.slice(0, 20)}…'.`,
      );
    }
    if (typeof value !== "string" || value.length > MAX_VALUE_LENGTH) {
      throw new ArmFault(
        400,
        "InvalidTagValueLength",
        `Tag value too large. Following tag value '${name}' exceeded the maximum length. Maximum allowed length for tag value - '${MAX_VALUE_LENGTH}' characters.`,
      );
    }
  }
}
