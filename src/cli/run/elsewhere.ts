import type { Config } from "../../config/index.ts";
import type { ControlRequest } from "../../daemon/index.ts";
import type { RunRow } from "../../engine/index.ts";
import { EXIT } from "../command.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { printJson } from "../output/json.ts";
import { placeOf } from "../place/place.ts";
import type { Cli } from "../terminal.ts";
import { findRun } from "./find-run.ts";

/** What is asked of another process, and what is said once it has done so. */
export interface Ask {
  readonly request: ControlRequest;
  readonly done: string;
}

/**
 * Has the process that holds the data folder act on a run, and prints that it did. Undefined when nobody holds it: then
 * it is this process's to act. `ask` may throw why the run as it is can't be acted on; a text is said, and nothing asked.
 */
export async function actElsewhere(
  cli: Cli,
  config: Config,
  named: string,
  options: { readonly json?: true },
  ask: (run: RunRow) => Ask | string,
): Promise<number | undefined> {
  const place = placeOf(cli, config);
  if (place.isDriven() !== true) return undefined;
  const run = await place.read((store) => findRun(store, named));
  const asked = ask(run);
  if (typeof asked !== "string") await place.ask(asked.request);
  const done = typeof asked === "string" ? asked : asked.done;
  if (options.json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, run_id: run.run_id, done });
  else cli.out.line(done);
  return EXIT.ok;
}
