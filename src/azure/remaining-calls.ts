/** Headers of an answer, names in lower case. */
export type Headers = Readonly<Record<string, string | undefined>>;

/**
 * How many calls of a kind (read, write, delete) are left, as Azure says. A service with limits of its own has `resource-requests` in place of ARM's
 * count of reads or writes (ARM's documentation of request limits; recorded on every PUT: registry-password.json).
 */
export function remainingOf(kind: string, headers: Headers): { own: number | undefined; above: number | undefined } {
  const count = (name: string): number | undefined => {
    const value = headers[`x-ms-ratelimit-remaining-subscription-${name}`];
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  };
  return { own: count(`${kind}s`) ?? count("resource-requests"), above: count(`global-${kind}s`) };
}
