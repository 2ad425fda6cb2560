import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunRow, Store } from "../../src/engine/index.ts";
import { compile, type Schedule } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";
import { hasSlots, slotsBetween } from "../../src/schedule/index.ts";
import { openSqliteStore } from "../../src/store/index.ts";

/** More slots than any run of this test has. */
const SLOTS_MAX = 1_000_000;

async function reading<T>(data: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore(data, { mode: "read", clock: () => 0, describe: "chaos" });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function allRuns(store: Store): Promise<readonly RunRow[]> {
  const rows: RunRow[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.listRuns({ limit: 1_000, ...(after !== undefined && { after }) });
    rows.push(...page.rows);
    after = page.next;
    if (after === undefined) return rows;
  }
}

/** Runs that have not ended. A store that can't be read now is asked again by whoever waits. */
export async function unfinished(data: string): Promise<readonly string[]> {
  try {
    return await reading(data, async (store) => {
      const { rows } = await store.listRuns({ states: ["queued", "running"], limit: 1_000 });
      return rows.map(({ run_id }) => run_id);
    });
  } catch (error) {
    return [`unknown: ${String(error)}`];
  }
}

/** What was promised and is not so. `files`: the text of each pipeline, by name. */
export async function problemsOf(
  data: string,
  files: ReadonlyMap<string, string>,
): Promise<{ readonly runs: number; readonly skipped_slots: number; readonly problems: readonly string[] }> {
  return reading(data, async (store) => {
    const problems: string[] = [];
    const runs = await allRuns(store);
    for (const { run_id, state, pipeline } of runs) {
      if (state === "queued" || state === "running") problems.push(`${pipeline} ${run_id} has not ended`);
      for (const { key, attempt, state: of } of await store.listAttempts(run_id)) {
        if (of === "running" || of === "waiting") problems.push(`${run_id} ${key} attempt ${attempt} is ${of}`);
      }
    }
    let skipped_slots = 0;
    for (const row of await store.listSchedules()) {
      const { pipeline, known_since, decided_until } = row;
      const schedule = scheduleOf(files.get(pipeline) ?? "");
      if (schedule === undefined || !hasSlots(schedule)) continue;
      const skipped = await store.listSkippedSlots(SLOTS_MAX, pipeline);
      skipped_slots += skipped.reduce((sum, { count }) => sum + count, 0);
      const had = new Map<number, number>();
      for (const run of runs) {
        if (run.pipeline === pipeline && run.slot !== undefined) had.set(run.slot, (had.get(run.slot) ?? 0) + 1);
      }
      for (const slot of slotsBetween(schedule, known_since, decided_until, SLOTS_MAX)) {
        const count = had.get(slot) ?? 0;
        const reasons = skipped.filter(({ first, last }) => first <= slot && slot <= last);
        const at = `${pipeline} ${new Date(slot).toISOString()}`;
        if (count > 1) problems.push(`${at} has ${count} runs`);
        if (count === 0 && reasons.length === 0) problems.push(`${at} has no run and no reason`);
        if (count > 0 && reasons.length > 0) problems.push(`${at} has a run, and was skipped (${reasons[0]?.reason})`);
      }
    }
    const known = new Set<string>(runs.map(({ run_id }) => run_id));
    const attempts = join(data, "attempts");
    for (const name of existsSync(attempts) ? readdirSync(attempts) : []) {
      if (!known.has(decodeURIComponent(name))) problems.push(`attempts/${name} belongs to no run`);
    }
    for (const name of readdirSync(data, { recursive: true, encoding: "utf8" })) {
      if (/\.(tmp|part|new)$/.test(name)) problems.push(`${name} is left over`);
    }
    return { runs: runs.length, skipped_slots, problems };
  });
}

function scheduleOf(text: string): Schedule | undefined {
  return compile({ path: "pipelines/x.yaml", text }, { operators }).pipeline?.schedule;
}
