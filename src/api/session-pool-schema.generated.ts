export const specSchema = {} as const;
