/**
 * Options of ajv for schemas of our own. That they are schemas is what tests say, not each start: ajv would compile the schema of schemas first, which
 * takes longer than all of ours.
 */
export const OWN_SCHEMA = { strict: true, meta: false, validateSchema: false } as const;
