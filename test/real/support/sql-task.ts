import type { AttemptOutcome } from "../../../src/core/index.ts";
import type { AttemptWork } from "../../../src/engine/index.ts";
import type { JsonObject } from "../../../src/lib/index.ts";
import { localWorld } from "../../support/local-world.ts";
import { taskWork } from "../../support/task-work.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Tasks that ask a database, in a folder of their own. */
export function sqlWorld(connection: JsonObject) {
  const world = localWorld();
  const folder = temporaryFolder();
  let count = 0;
  const start = (sql: JsonObject, outputs: JsonObject = {}): AttemptWork => {
    const task = { sql: { connection: "db", ...sql }, ...(Object.keys(outputs).length > 0 ? { outputs } : {}) };
    const secrets = { TOKEN: "s3cret" };
    const work = { ...taskWork(task, { cwd: folder, connections: { db: connection }, secrets }), attempt: ++count };
    world.executor.start(work);
    return work;
  };
  const run = (sql: JsonObject, outputs?: JsonObject): Promise<AttemptOutcome> => world.outcome(start(sql, outputs));
  /** The first row of a query, as outputs see it. */
  const row = async (query: string, more: JsonObject = {}) => {
    const outcome = await run({ query, ...more }, { row: { type: ["object", "null"], value: "row" } });
    return outcome.state === "success" ? outcome.outputs.row : outcome;
  };
  return { ...world, folder, start, run, row };
}
