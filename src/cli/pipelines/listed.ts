import type { Catalog } from "../../catalog/index.ts";
import type { RunRow } from "../../engine/index.ts";
import type { Pipeline, Schedule } from "../../language/index.ts";
import { formatDuration, type JsonObject } from "../../lib/index.ts";

/** One file of the catalog, as lists show it. Of a file with errors there is no pipeline. */
export interface ListedPipeline {
  /** Of a file with errors: the name that it would have by default. */
  readonly name: string;
  readonly file: string;
  readonly pipeline?: Pipeline;
  readonly errors: number;
  readonly warnings: number;
  readonly last_run?: RunRow;
  /** A person has paused its schedule. */
  readonly paused?: true;
  /** Its file has errors; the daemon goes on with the last good version of this pipeline. */
  readonly still_live?: string;
}

/** The files of a catalog, by name. */
export function listPipelines({ files, pipelines, diagnostics }: Catalog): readonly ListedPipeline[] {
  const byFile = new Map(pipelines.map((pipeline) => [pipeline.file, pipeline]));
  const listed = files.map((file): ListedPipeline => {
    const pipeline = byFile.get(file);
    const found = diagnostics.filter((each) => each.file === file);
    return {
      name: pipeline?.name ?? file.replace(/^.*\//, "").replace(/\.ya?ml$/i, ""),
      file,
      ...(pipeline === undefined ? {} : { pipeline }),
      errors: found.filter(({ severity }) => severity === "error").length,
      warnings: found.filter(({ severity }) => severity === "warning").length,
    };
  });
  return listed.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** When a pipeline runs, in a few words; empty when it runs by hand alone. */
export function scheduleWords(schedule: Schedule | undefined): string {
  if (schedule === undefined) return "";
  const words = [
    ...(schedule.cron.length === 0 ? [] : [schedule.cron.join(" or ")]),
    ...(schedule.every_ms === undefined ? [] : [`every ${formatDuration(schedule.every_ms)}`]),
    ...(schedule.after.length === 0 ? [] : [`after ${schedule.after.join(", ")}`]),
  ].join(", ");
  return schedule.cron.length > 0 && schedule.timezone !== "UTC" ? `${words} (${schedule.timezone})` : words;
}

/** A pipeline of a list as JSON. */
export function listedJson(listed: ListedPipeline): JsonObject {
  const { name, file, pipeline, errors, warnings, last_run, paused = false, still_live } = listed;
  return {
    name,
    file,
    errors,
    warnings,
    ...(pipeline === undefined
      ? {}
      : {
          version: pipeline.version,
          description: pipeline.description ?? null,
          owner: pipeline.owner ?? null,
          tags: [...pipeline.tags],
          schedule: (pipeline.schedule ?? null) as unknown as JsonObject,
          tasks: pipeline.tasks.length,
        }),
    paused,
    ...(still_live !== undefined && { still_live }),
    last_run: (last_run ?? null) as unknown as JsonObject,
  };
}
