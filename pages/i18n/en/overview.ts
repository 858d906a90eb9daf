/** English texts: overview. */
export const overview = {} as const;
