/** English texts: money. */
export const money = {} as const;
