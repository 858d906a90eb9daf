import { readArguments, USAGE } from "./arguments.ts";
import { startSimulator } from "./server.ts";

try {
  const options = readArguments(process.argv.slice(2));
  if (options === "help") {
    console.log(USAGE);
  } else {
    const simulator = await startSimulator(options);
    console.log(`SeedHorse simulator on ${simulator.url}`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void simulator.close());
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
