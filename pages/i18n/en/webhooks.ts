/** English texts: webhooks. */
export const webhooks = {} as const;
