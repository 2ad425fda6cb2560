import type { PipelineSummary } from "../summary.ts";
import type { CatalogFinding, Check } from "./check.ts";

type Edge = PipelineSummary["after"][number] & { readonly from: PipelineSummary };

export const pipelineCycle: Check = {
  code: "ENG308",
  name: "pipeline-cycle",
  severity: "error",
  summary: "pipelines run after each other in a circle",
  suppressible: true,
  visit: {
    catalog(pipelines, { report }) {
      const byName = new Map<string, PipelineSummary>();
      // Of two with one name, which is reported, the first counts.
      for (const pipeline of pipelines) if (!byName.has(pipeline.name)) byName.set(pipeline.name, pipeline);
      const shown = new Set<PipelineSummary>();
      for (const pipeline of byName.values()) {
        if (shown.has(pipeline)) continue;
        const circle = circleThrough(pipeline, byName);
        if (circle === undefined) continue;
        for (const { from } of circle) shown.add(from);
        report(findingOf(circle));
      }
    },
  },
};

/** The shortest way from a pipeline back to itself. */
function circleThrough(
  start: PipelineSummary,
  byName: ReadonlyMap<string, PipelineSummary>,
): readonly Edge[] | undefined {
  const ways = new Map<PipelineSummary, readonly Edge[]>([[start, []]]);
  for (const [from, way] of ways) {
    for (const after of from.after) {
      const next = byName.get(after.name);
      if (next === undefined) continue;
      const longer = [...way, { ...after, from }];
      if (next === start) return longer;
      // The map grows while it is walked.
      if (!ways.has(next)) ways.set(next, longer);
    }
  }
  return undefined;
}

function findingOf(circle: readonly Edge[]): CatalogFinding {
  const [first, ...others] = circle as readonly [Edge, ...Edge[]];
  const place = { file: first.from.file, range: first.at };
  if (others.length === 0) {
    const message = `\`${first.name}\` runs after itself, so it would never stop running`;
    return { ...place, message, hint: "give it a `cron` or an `every` to begin with" };
  }
  const names = [...circle.map(({ from }) => from.name), first.from.name].map((name) => `\`${name}\``);
  return {
    ...place,
    message: `pipelines run after each other in a circle, which would never end: ${names.join(" after ")}`,
    hint: "give one of them a `cron` or an `every` to begin with",
    related: others.map(({ from, at, name }) => ({
      file: from.file,
      range: at,
      message: `\`${from.name}\` runs after \`${name}\``,
    })),
  };
}
