/** Questions to a person at a terminal. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Who answers setup's questions: a person, or the options of the command. */
export interface Prompt {
  /** Asks for a line; an empty one is `fallback`. */
  ask(question: string, fallback?: string): Promise<string>;
  /** Asks for a line that is not shown while it is typed. */
  askSecret(question: string): Promise<string>;
  /** Asks for yes or no; an empty line is yes. */
  confirm(question: string): Promise<boolean>;
}

/** Asks at this process's terminal. @throws Error (AbortError) at Ctrl-C */
export function terminalPrompt(): Prompt {
  const read = async (question: string, isShown: boolean): Promise<string> => {
    if (!isShown) process.stdout.write(question);
    const echo = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (isShown) process.stdout.write(chunk);
        done();
      },
    });
    const lines = createInterface({ input: process.stdin, output: echo, terminal: true });
    try {
      return (await lines.question(isShown ? question : "")).trim();
    } finally {
      lines.close();
      if (!isShown) process.stdout.write("\n");
    }
  };
  return {
    ask: async (question, fallback = "") => {
      const shown = fallback === "" ? `${question}: ` : `${question} [${fallback}]: `;
      return (await read(shown, true)) || fallback;
    },
    askSecret: (question) => read(`${question}: `, false),
    confirm: async (question) => !/^n/i.test(await read(`${question} [Y/n] `, true)),
  };
}

/** Answers every question with its default: `--yes`. */
export const NO_QUESTIONS: Prompt = {
  ask: async (_question, fallback = "") => fallback,
  askSecret: async () => "",
  confirm: async () => true,
};
