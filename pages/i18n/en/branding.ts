/** English texts: branding. */
export const branding = {} as const;
