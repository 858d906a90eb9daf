/**
 * @returns a signal that is aborted when this process is asked to end: Ctrl-C, `kill`, a closed terminal. From now
 * on the process does not end by itself then, so that it can tidy up; npm may pass the same wish on twice.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => controller.abort());
  return controller.signal;
}
