/** What git knows of this checkout. */
import { execFileSync } from "node:child_process";
import { relative } from "node:path";
import { REPOSITORY } from "../gateway-process.ts";

function git(...args: string[]): string | null {
  try {
    return execFileSync("git", args, { cwd: REPOSITORY, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}

/** Returns the first 12 hex digits of the current commit; null outside of a repository. A deployed version has it as its tag. */
export function currentCommit(): string | null {
  return git("rev-parse", "--short=12", "HEAD");
}

/** Returns true if the file would be added to this repository by `git add`, whether it exists yet or not. */
export function isInGit(file: string): boolean {
  const folder = relative(REPOSITORY, file);
  if (folder.startsWith("..")) return false;
  return git("check-ignore", "--quiet", "--", file) === null;
}
