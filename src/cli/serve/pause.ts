import { systemClock } from "../../daemon/index.ts";
import { openSqliteStore } from "../../store/index.ts";
import { EXIT } from "../command.ts";
import { loadConfig, pick } from "../load.ts";
import { placeOf } from "../place/place.ts";
import { whoAmI } from "../run/session.ts";
import type { Cli } from "../terminal.ts";

export interface Pause {
  readonly paused: boolean;
  readonly why?: string;
}

/** Pauses a pipeline's schedule or ends that: through the daemon, or in the store where there is none. */
export async function setPause(cli: Cli, name: string, { paused, why }: Pause): Promise<number> {
  const config = loadConfig(cli);
  const by = whoAmI(cli);
  const said = why === undefined ? {} : { why };
  const place = placeOf(cli, config);
  if (place.isDriven() === true) {
    await place.ask({ type: paused ? "pause" : "resume", pipeline: name, by, ...said });
  } else {
    // No pipeline is paused that nobody has.
    const { name: pipeline } = pick(cli, config, name).pipeline;
    const describe = `engine ${paused ? "pause" : "resume"} ${name}`;
    const store = await openSqliteStore(config.data, { mode: "write", clock: systemClock.now, describe });
    try {
      const now = cli.now();
      const known = (await store.listSchedules()).find((row) => row.pipeline === pipeline);
      const { known_since = now, decided_until = now } = known ?? {};
      const row = { pipeline, known_since, decided_until };
      const pause = { paused_at: now, paused_by: by, ...(why !== undefined && { paused_why: why }) };
      await store.putSchedule(paused ? { ...row, ...pause } : row);
    } finally {
      await store.close();
    }
  }
  cli.out.line(paused ? `the schedule of ${name} is paused` : `the schedule of ${name} goes on`);
  return EXIT.ok;
}
