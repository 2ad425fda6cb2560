import type { AttemptOutcome } from "../../core/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import type { RequestHost } from "../http/response.ts";
import { exchange, http } from "../http.ts";

/** A request in the place of the attempt's own work. */
export interface Post {
  /** Settings, as those of `http`. */
  readonly config: JsonObject;
  readonly connection?: JsonObject | undefined;
  /** Looks at the answer in the place of the attempt's host. */
  readonly checkOutputs?: RequestHost["checkOutputs"];
}

/** Carries an attempt out as an HTTP request. */
export function post(host: RequestHost, { config, connection, checkOutputs }: Post): Promise<AttemptOutcome> {
  const { connection: _, ...work } = host.work;
  return exchange({
    work: { ...work, config: http.normalise(config), ...(connection !== undefined && { connection }) },
    signal: host.signal,
    get stopReason() {
      return host.stopReason;
    },
    now: () => host.now(),
    log: (line) => host.log(line),
    checkOutputs: checkOutputs ?? ((values, result) => host.checkOutputs(values, result)),
  });
}
