import type { Look, LookHost, SensorKind } from "./kind.ts";

/**
 * Runs the script and ends with its code. Standard input is a pipe from the engine: when the engine is gone, it closes, and
 * everything of the look is killed with it. A look leaves nothing behind.
 */
const GUARD = `
exec 3<&0 </dev/null
{ read -r -u 3 _; kill -KILL 0; } >/dev/null 2>&1 &
bash -euo pipefail -c "$1" 3<&-
`;

/** Waits for a script to succeed. */
export const bash: SensorKind = {
  name: "bash",
  schema: {
    type: "string",
    description: "A script, run with `bash -euo pipefail` for each look: exit code 0 ends the waiting.",
    minLength: 1,
    examples: ["test -s /data/ready"],
  },
  normalise: (value) => value,
  async look(host, script): Promise<Look> {
    const ended = await run(host, String(script).replaceAll("\r\n", "\n"));
    if (ended === 0) return { state: "found" };
    if (typeof ended === "number") return { state: "not_yet", why: `the script ended with exit code ${ended}` };
    if (ended.kind === "signal") return { state: "not_yet", why: `the script was ended by ${ended.signal}` };
    return { state: "failed", failure: { reason: "spawn_failed", message: ended.message } };
  },
};

type Ended =
  | number
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "never"; readonly message: string };

async function run(host: LookHost, script: string): Promise<Ended> {
  // Loaded for the first look: checking a pipeline has no use for them.
  const [{ spawn }, { statSync }, { createInterface }] = await Promise.all([
    import("node:child_process"),
    import("node:fs"),
    import("node:readline"),
  ]);
  const { env, cwd } = host.work;
  return new Promise((resolve) => {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ENGINE_SECRET_"));
    const child = spawn("bash", ["-c", GUARD, "sensor", script], {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const killAll = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // Nothing of it runs any more.
      }
    };
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => host.log(line));
    child.on("error", (error) => {
      host.signal.removeEventListener("abort", killAll);
      // Node names the program, also when it is the folder that is missing.
      const why =
        (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() ?? false)
          ? error.message
          : `there is no folder ${cwd}`;
      resolve({ kind: "never", message: `bash could not be started: ${why}` });
    });
    // The guard, and what the script left in the background.
    child.on("exit", () => killAll());
    child.on("close", (code, signal) => {
      host.signal.removeEventListener("abort", killAll);
      child.stdin.destroy();
      resolve(code ?? { kind: "signal", signal: signal ?? "a signal" });
    });
    child.stdin.on("error", () => {});
    // Everything of it at once: a look has nothing to clean up.
    if (host.signal.aborted) killAll();
    else host.signal.addEventListener("abort", killAll);
  });
}
