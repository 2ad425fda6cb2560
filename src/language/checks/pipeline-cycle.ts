import type { Range } from "../diagnostic.ts";
import type { PipelineSummary } from "../summary.ts";
import type { CatalogFinding, Check } from "./check.ts";

interface Step {
  readonly name: string;
  readonly at: Range;
}
type Edge = Step & { readonly from: PipelineSummary };

/** A way in which one pipeline leads to another. */
interface Relation {
  readonly of: (pipeline: PipelineSummary) => readonly Step[];
  /** `a` … `b`. */
  readonly verb: string;
  readonly self: string;
  readonly circle: string;
  readonly hint: string;
}

const RELATIONS: readonly Relation[] = [
  {
    of: ({ after }) => after,
    verb: "after",
    self: "runs after itself, so it would never stop running",
    circle: "pipelines run after each other in a circle, which would never end",
    hint: "give one of them a `cron` or an `every` to begin with",
  },
  {
    of: ({ uses }) => uses.filter(({ runs }) => runs),
    verb: "runs",
    self: "runs itself, so it would never end",
    circle: "pipelines run each other in a circle, which would never end",
    hint: "take one of these tasks out, or move what both need into a pipeline of its own",
  },
];

export const pipelineCycle: Check = {
  code: "ENG308",
  name: "pipeline-cycle",
  severity: "error",
  summary: "pipelines run after each other, or each other, in a circle",
  suppressible: true,
  visit: {
    catalog(pipelines, { report }) {
      const byName = new Map<string, PipelineSummary>();
      // Of two with one name, which is reported, the first counts.
      for (const pipeline of pipelines) if (!byName.has(pipeline.name)) byName.set(pipeline.name, pipeline);
      for (const relation of RELATIONS) {
        const shown = new Set<PipelineSummary>();
        for (const pipeline of byName.values()) {
          if (shown.has(pipeline)) continue;
          const circle = circleThrough(pipeline, byName, relation);
          if (circle === undefined) continue;
          for (const { from } of circle) shown.add(from);
          report(findingOf(circle, relation));
        }
      }
    },
  },
};

/** The shortest way from a pipeline back to itself. */
function circleThrough(
  start: PipelineSummary,
  byName: ReadonlyMap<string, PipelineSummary>,
  { of }: Relation,
): readonly Edge[] | undefined {
  const ways = new Map<PipelineSummary, readonly Edge[]>([[start, []]]);
  for (const [from, way] of ways) {
    for (const { name, at } of of(from)) {
      const next = byName.get(name);
      if (next === undefined) continue;
      const longer = [...way, { name, at, from }];
      if (next === start) return longer;
      // The map grows while it is walked.
      if (!ways.has(next)) ways.set(next, longer);
    }
  }
  return undefined;
}

function findingOf(circle: readonly Edge[], { verb, self, circle: what, hint }: Relation): CatalogFinding {
  const [first, ...others] = circle as readonly [Edge, ...Edge[]];
  const place = { file: first.from.file, range: first.at };
  if (others.length === 0) {
    const alone = hint.replace("one of them", "it").replace("one of these tasks", "this task");
    return { ...place, message: `\`${first.name}\` ${self}`, hint: alone };
  }
  const names = [...circle.map(({ from }) => from.name), first.from.name].map((name) => `\`${name}\``);
  return {
    ...place,
    message: `${what}: ${names.join(` ${verb} `)}`,
    hint,
    related: others.map(({ from, at, name }) => ({
      file: from.file,
      range: at,
      message: `\`${from.name}\` ${verb === "after" ? "runs after" : verb} \`${name}\``,
    })),
  };
}
