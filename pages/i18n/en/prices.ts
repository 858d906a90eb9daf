/** English texts: prices. */
export const prices = {} as const;
