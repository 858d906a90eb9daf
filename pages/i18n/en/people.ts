/** English texts: people. */
export const people = {} as const;
