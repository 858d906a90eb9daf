/** English texts: tenants. */
export const tenants = {} as const;
