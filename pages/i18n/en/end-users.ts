/** English texts: end users. */
export const endUsers = {} as const;
