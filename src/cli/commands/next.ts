import { dueAt, formatTime, hasSlots, slotsBetween } from "../../schedule/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import { pipelineAt } from "../place/live-pipelines.ts";
import { placeOf } from "../place/place.ts";
import type { Cli } from "../terminal.ts";
import { wholeNumber } from "../whole-number.ts";

interface NextOptions {
  readonly number: number;
  readonly json?: true;
}

/** Slots that are shown unless somebody asks for more. */
const SHOWN = 5;
/** How far ahead is looked: nine years, in milliseconds. */
const AHEAD_MS = 9 * 366 * 86_400_000;

export const define: DefineCommand = (command, act) => {
  command
    .argument("<pipeline>", "a pipeline's file, the folder of one, or its name")
    .option("-n, --number <count>", "how many", wholeNumber, SHOWN)
    .option("--json", "print JSON")
    .action(act(next));
};

async function next(cli: Cli, name: string, { number, json }: NextOptions): Promise<number> {
  const config = loadConfig(cli);
  const place = placeOf(cli, config);
  const { name: pipeline, schedule } = await pipelineAt(cli, config, place, name);
  if (schedule === undefined || !hasSlots(schedule)) {
    const hint =
      schedule === undefined ? "it runs when somebody starts it" : `it runs after ${schedule.after.join(", ")}`;
    throw usageError(`pipeline ${pipeline} has no times of its own`, hint);
  }
  const now = cli.now();
  const slots = slotsBetween(schedule, now, now + AHEAD_MS, number).map((slot) => ({
    slot,
    due_at: dueAt(pipeline, slot, schedule.jitter_ms),
  }));
  const paused = await place.read(async (store) =>
    (await store.listSchedules()).find((row) => row.pipeline === pipeline),
  );
  const is_paused = paused?.paused_at !== undefined;
  const has_daemon = place.isDriven() === true;
  if (json) {
    printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, pipeline, slots, paused: is_paused });
    return EXIT.ok;
  }
  const { timezone, jitter_ms } = schedule;
  for (const { slot, due_at } of slots) {
    const local = formatTime(slot, timezone, "%F %H:%M:%S");
    const jitter = jitter_ms === 0 ? "" : `  starts ${Math.round((due_at - slot) / 1000)}s later`;
    cli.out.line(`${local} ${timezone}${timezone === "UTC" ? "" : `  ${new Date(slot).toISOString()}`}${jitter}`);
  }
  if (slots.length === 0) cli.out.line("it is never due again");
  if (is_paused)
    cli.err.line(`it is paused by ${paused?.paused_by}: nothing starts before \`engine resume ${pipeline}\``);
  else if (!has_daemon) cli.err.line("no daemon runs here: start one with `engine serve`");
  return EXIT.ok;
}
