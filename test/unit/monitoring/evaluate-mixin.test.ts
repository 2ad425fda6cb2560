import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluateMixin, type Jsonnet, type MixinPipeline } from "../../../src/monitoring/index.ts";

const pipelines = Array.from(
  { length: 600 },
  (_, i): MixinPipeline => ({ name: `p${i}`, tags: [], tasks: [], metrics: [], alerts: [], checks: [] }),
);

interface Seen {
  readonly asked: unknown[];
  atOnce: number;
}

/** Answers as the mixin does, with a board for each pipeline that is asked for. */
function mixin(seen: Seen): Jsonnet {
  let going = 0;
  return {
    name: "jsonnet",
    async evaluate(_entry, args) {
      seen.atOnce = Math.max(seen.atOnce, ++going);
      const read = (name: string) => JSON.parse(readFileSync(args[name] ?? "", "utf8"));
      const part = read("part") as [number, number] | null;
      seen.asked.push(part);
      const boarded = (read("pipelines") as MixinPipeline[]).slice(...(part ?? []));
      await new Promise((resolve) => setImmediate(resolve));
      going--;
      const own = boarded.map(({ name }) => [`${name}.json`, { name }]);
      const rules = part === null || part[0] === 0 ? { rules: { groups: [] }, alerts: { groups: [] } } : {};
      return JSON.stringify({ dashboards: { "fleet.json": {}, ...Object.fromEntries(own) }, ...rules });
    },
  };
}

test("boards of very many pipelines are made in parts, two at a time, and each pipeline has one", async () => {
  const seen: Seen = { asked: [], atOnce: 0 };
  const result = await evaluateMixin(mixin(seen), {
    entry: "main",
    pipelines,
    pipelineBoards: true,
    grafana_url: undefined,
    overrides: undefined,
  });
  expect(Object.keys(result.dashboards).sort()).toEqual(
    ["fleet.json", ...pipelines.map(({ name }) => `${name}.json`)].sort(),
  );
  expect(result).toMatchObject({ rules: { groups: [] }, alerts: { groups: [] } });
  expect(seen.asked).toEqual([
    [0, 250],
    [250, 500],
    [500, 750],
  ]);
  expect(seen.atOnce).toBeLessThanOrEqual(2);
});

test.each([
  ["without boards of pipelines", pipelines, false],
  ["for few pipelines", pipelines.slice(0, 250), true],
])("%s everything is one evaluation", async (_, some, pipelineBoards) => {
  const seen: Seen = { asked: [], atOnce: 0 };
  await evaluateMixin(mixin(seen), {
    entry: "main",
    pipelines: some,
    pipelineBoards,
    overrides: undefined,
    grafana_url: undefined,
  });
  expect(seen.asked).toEqual([null]);
});
