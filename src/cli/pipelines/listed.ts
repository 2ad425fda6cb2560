import type { Catalog } from "../../catalog/index.ts";
import type { RunRow } from "../../engine/index.ts";
import type { Schedule } from "../../language/index.ts";
import { formatDuration, type JsonObject } from "../../lib/index.ts";
import type { LiveOutline, LivePipelines } from "../place/port.ts";

type LiveList = Awaited<ReturnType<LivePipelines["list"]>>;

/** One file of the catalog, as lists show it. Of a file with errors there is no pipeline. */
export interface ListedPipeline {
  /** Of a file with errors: the name that it would have by default. */
  readonly name: string;
  readonly file: string;
  readonly outline?: Omit<LiveOutline, "has_run">;
  readonly errors: number;
  readonly warnings: number;
  readonly last_run?: RunRow;
  /** A person has paused its schedule. */
  readonly paused?: true;
  /** Its file has errors; the daemon goes on with the last good version of this pipeline. */
  readonly still_live?: string;
}

/** The pipelines of a daemon elsewhere, by name; `has_run`: those of which it knows runs. */
export function listLive({
  pipelines,
  broken,
  findings,
}: LiveList): readonly (ListedPipeline & { has_run: boolean })[] {
  const outlines = new Map(pipelines.map((each) => [each.name, each]));
  const count = (file: string, severity: string): number =>
    findings.filter((each) => each.file === file && each.severity === severity).length;
  const withErrors = new Map(broken.map((each) => [each.file, each.pipeline]));
  const sound = pipelines.filter(({ file }) => !withErrors.has(file));
  const listed = [
    ...sound.map((outline) => ({
      ...{ name: outline.name, file: outline.file, outline, errors: 0 },
      ...{ warnings: count(outline.file, "warning"), has_run: outline.has_run },
    })),
    ...[...withErrors].map(([file, still_live]) => ({
      ...{ name: nameByFile(file), file, errors: count(file, "error"), warnings: count(file, "warning") },
      has_run: (still_live !== undefined && outlines.get(still_live)?.has_run) === true,
      ...(still_live !== undefined && { still_live }),
    })),
  ];
  return listed.sort(byName);
}

/** The files of a catalog, by name. */
export function listPipelines({ files, pipelines, diagnostics }: Catalog): readonly ListedPipeline[] {
  const byFile = new Map(pipelines.map((pipeline) => [pipeline.file, pipeline]));
  const listed = files.map((file): ListedPipeline => {
    const pipeline = byFile.get(file);
    const found = diagnostics.filter((each) => each.file === file);
    return {
      name: pipeline?.name ?? nameByFile(file),
      file,
      ...(pipeline === undefined ? {} : { outline: { ...pipeline, tasks: pipeline.tasks.length } }),
      errors: found.filter(({ severity }) => severity === "error").length,
      warnings: found.filter(({ severity }) => severity === "warning").length,
    };
  });
  return listed.sort(byName);
}

function nameByFile(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.ya?ml$/i, "");
}

function byName(a: ListedPipeline, b: ListedPipeline): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
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
  const { name, file, outline, errors, warnings, last_run, paused = false, still_live } = listed;
  return {
    name,
    file,
    errors,
    warnings,
    ...(outline === undefined
      ? {}
      : {
          version: outline.version,
          description: outline.description ?? null,
          owner: outline.owner ?? null,
          tags: [...outline.tags],
          schedule: (outline.schedule ?? null) as unknown as JsonObject,
          tasks: outline.tasks,
        }),
    paused,
    ...(still_live !== undefined && { still_live }),
    last_run: (last_run ?? null) as unknown as JsonObject,
  };
}
