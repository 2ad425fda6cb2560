import { spawnScript } from "./spawn.ts";
import type { SpawnReply, SpawnRequest } from "./spawner-protocol.ts";

/*
 * The process that starts processes: it stays small, so that its forks stay cheap. It knows nothing
 * of attempts; when the engine is gone, so is it, and what it started lives on.
 */

const inherited = process.env as Readonly<Record<string, string>>;

function reply(message: SpawnReply): void {
  // An engine that died meanwhile hears nothing; what it has to know lies in the attempt's files.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

process.on("message", async ({ id, files, spec, bash }: SpawnRequest) => {
  const spawned = await spawnScript(files, { ...spec, env: { ...inherited, ...spec.env } }, bash);
  if (!spawned.ok) {
    reply({ type: "refused", id, refusal: spawned });
    return;
  }
  const { child, pid, relayed } = spawned;
  child.once("exit", (code, signal) => reply({ type: "ended", id, code, signal }));
  reply({ type: "started", id, pid, relayed });
});
process.on("disconnect", () => process.exit(0));
reply({ type: "ready" });
