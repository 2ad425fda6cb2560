import { type Cron, parseCron } from "../../schedule/index.ts";
import type { PipelineSource } from "../model.ts";
import type { ScalarNode, SourceNode } from "../source.ts";

/** A text under `schedule`, and where it stands. */
export interface ScheduleText {
  readonly text: string;
  readonly node: ScalarNode;
}

/** The cron expressions of a pipeline, of the short form too. */
export function cronTexts(pipeline: PipelineSource): readonly ScheduleText[] {
  const { schedule } = pipeline;
  return schedule?.kind === "map" ? textsOf(schedule.get("cron")) : textsOf(schedule);
}

/** Those that can be read; what can't is reported by a check of its own. */
export function readableCrons(pipeline: PipelineSource): readonly (ScheduleText & { readonly cron: Cron })[] {
  return cronTexts(pipeline).flatMap((each) => {
    const parsed = parseCron(each.text);
    return parsed.ok ? [{ ...each, cron: parsed.cron }] : [];
  });
}

/** The text of one key of the schedule's long form. */
export function scheduleText(pipeline: PipelineSource, key: string): ScheduleText | undefined {
  const { schedule } = pipeline;
  return schedule?.kind === "map" ? textsOf(schedule.get(key))[0] : undefined;
}

function textsOf(node: SourceNode | undefined): readonly ScheduleText[] {
  if (node?.kind === "list") return node.items.flatMap(textsOf);
  return node?.kind === "scalar" && typeof node.value === "string" ? [{ text: node.value, node }] : [];
}
