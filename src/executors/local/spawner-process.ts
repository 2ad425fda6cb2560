import { spawnScript } from "./spawn.ts";
import type { SpawnReply, SpawnRequest } from "./spawner-protocol.ts";

/*
 * The process that starts processes: it stays small, so that its forks stay cheap. It knows nothing
 * of attempts; when the engine is gone, so is it, and what it started lives on.
 */

function reply(message: SpawnReply): void {
  // An engine that died meanwhile hears nothing; what it has to know lies in the attempt's files.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

process.on("message", async ({ id, files, spec, bash }: SpawnRequest) => {
  const spawned = await spawnScript(files, spec, bash);
  if (!spawned.ok) {
    const message = spawned.exists ? "" : spawned.message;
    const transient = !spawned.exists && spawned.transient;
    reply({ id, type: "refused", exists: spawned.exists, message, transient });
    return;
  }
  const { child, pid, relayed } = spawned;
  child.once("exit", (code, signal) => reply({ id, type: "ended", code, signal }));
  reply({ id, type: "started", pid, relayed });
});
process.on("disconnect", () => process.exit(0));
