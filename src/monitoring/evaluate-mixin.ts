import { availableParallelism } from "node:os";
import { keepHeapSmall } from "../lib/index.ts";
import { argumentFiles } from "./argument-files.ts";
import type { Jsonnet } from "./jsonnet.ts";
import type { MixinPipeline } from "./mixin-input.ts";
import type { Monitoring } from "./outputs.ts";

export interface MixinRequest {
  /** The mixin's `main.jsonnet`. */
  readonly entry: string;
  readonly pipelines: readonly MixinPipeline[];
  /** Whether each pipeline gets a board of its own. */
  readonly pipelineBoards: boolean;
  /** Where alerts lead to their dashboards. */
  readonly grafana_url: string | undefined;
  /** The user's own changes. */
  readonly overrides: string | undefined;
}

/** Boards of so many pipelines are made by one process: in a few seconds, with 170 MB. All of a thousand in one take three times that memory. */
const PART = 250;
/** So many at a time. */
const PROCESSES_MAX = 2;

/** Dashboards and rules for pipelines. Rejects with a `JsonnetError`. */
export async function evaluateMixin(
  jsonnet: Jsonnet,
  { entry, pipelines, pipelineBoards, grafana_url, overrides }: MixinRequest,
): Promise<Monitoring> {
  keepHeapSmall();
  const starts = Array.from({ length: Math.ceil(pipelines.length / PART) }, (_, i) => i * PART);
  const parts =
    pipelineBoards && starts.length > 1 ? starts.map((from) => JSON.stringify([from, from + PART])) : ["null"];
  const shared = argumentFiles({
    pipelines: JSON.stringify(pipelines),
    config: JSON.stringify({ pipelineBoards, grafanaURL: grafana_url }),
  });
  const own = argumentFiles(Object.fromEntries(parts.map((part, i) => [`part-${i}`, part])));
  const results: Monitoring[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < parts.length; i = next++) {
      const part = own.files[`part-${i}`] as string;
      const given = { ...shared.files, part, ...(overrides !== undefined && { overrides }) };
      results[i] = JSON.parse(await jsonnet.evaluate(entry, given)) as Monitoring;
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(PROCESSES_MAX, availableParallelism(), parts.length) }, work));
  } finally {
    shared.remove();
    own.remove();
  }
  return {
    ...(results[0] as Monitoring),
    dashboards: Object.assign({}, ...results.map(({ dashboards }) => dashboards)),
  };
}
