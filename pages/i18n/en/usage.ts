/** English texts: usage. */
export const usage = {} as const;
