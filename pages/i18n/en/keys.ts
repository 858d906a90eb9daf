/** English texts: keys. */
export const keys = {} as const;
