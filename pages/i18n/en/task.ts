/** English texts: task. */
export const task = {} as const;
