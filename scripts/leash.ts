/**
 * `node leash.ts COMMAND ARGUMENT…` runs a command that cannot outlive the process that started it. The starter keeps this
 * process's stdin open; the kernel closes it however the starter ends, SIGKILL included, and then the whole process
 * group goes. Must be started as the leader of a group of its own (`detached`).
 */
import { spawn } from "node:child_process";

const [command = "", ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });

function endGroup(): void {
  process.kill(-process.pid, "SIGKILL");
}
process.stdin.once("end", endGroup).once("error", endGroup).resume();

// A stop signal goes to the whole group; this process stays until the command has ended.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
child.once("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
child.once("exit", (code) => process.exit(code ?? 1));
