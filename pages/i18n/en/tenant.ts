/** English texts: tenant. */
export const tenant = {} as const;
