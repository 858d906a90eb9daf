/** English texts: playground. */
export const playground = {} as const;
