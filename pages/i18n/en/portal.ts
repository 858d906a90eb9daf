/** English texts: portal. */
export const portal = {} as const;
