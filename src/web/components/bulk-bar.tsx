import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { ApiError, ask, wordsOf } from "../api/client.ts";
import type { PipelineSummary } from "../generated/api.ts";
import { type BulkAction, eachOf, type Failed, outcomeWords, planOf } from "../lib/bulk.ts";
import { useShortcuts } from "../lib/keys.ts";
import { pipelines } from "../lib/pipelines-store.ts";
import { chooseAll, selected } from "../lib/selection.ts";
import { count } from "../lib/words.ts";
import { Dialog } from "./dialog.tsx";
import { tellBad, tellGood } from "./toast.tsx";

/** Requests that are under way at a time. */
const AT_ONCE = 6;
/** Pipelines that are left out are listed up to this number. */
const LISTED = 50;

const ROUTES = {
  pause: "POST /pipelines/:pipeline/pause",
  resume: "POST /pipelines/:pipeline/resume",
  trigger: "POST /pipelines/:pipeline/trigger",
} as const;

const TITLES: Readonly<Record<BulkAction, string>> = { pause: "Pause", resume: "Resume", trigger: "Run" };

/** As the daemon bounds it, in characters. */
const WHY_MAX = 1_000;

interface Asked {
  readonly action: BulkAction;
  /** As they are known at the moment: what was done just before may arrive while somebody reads. */
  readonly present: () => readonly PipelineSummary[];
}

/** What is asked before it is done. */
const opened = signal<Asked | undefined>(undefined);
/** How far it is. */
const progress = signal<{ readonly action: BulkAction; readonly done: number; readonly all: number } | undefined>(
  undefined,
);

/** Asks before something is done with these pipelines. */
export function openBulk(action: BulkAction, present: Asked["present"]): void {
  opened.value = { action, present };
}

/** Does it, and tells what came of it once. */
async function carryOut(action: BulkAction, names: readonly string[], why: string): Promise<readonly Failed[]> {
  const all = names.length;
  const body = action === "pause" && why !== "" ? { why } : {};
  progress.value = { action, done: 0, all };
  const failed = await eachOf(
    names,
    AT_ONCE,
    (pipeline) => patiently(() => ask(ROUTES[action], { path: { pipeline }, body })),
    (done) => {
      progress.value = { action, done, all };
    },
  );
  progress.value = undefined;
  const words = outcomeWords(action, all, failed, wordsOf);
  if (failed.length === 0) tellGood(words);
  else tellBad(words);
  return failed;
}

/** Does it, as often as the daemon says that it had too many requests of us: it names the time to wait. */
async function patiently(what: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await what();
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || error.retry_after_s === undefined) throw error;
      const pause_ms = error.retry_after_s * 1_000;
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
  }
}

/** What can be done with the rows that are chosen; nothing when none is. */
export function BulkBar({ chosen }: { readonly chosen: readonly PipelineSummary[] }): JSX.Element | null {
  const clear = (): void => chooseAll(selected.peek(), false);
  useShortcuts(chosen.length === 0 ? [] : [{ keys: "Escape", what: "Choose no row", run: clear }]);
  const under = progress.value;
  const names = new Set(chosen.map(({ name }) => name));
  if (chosen.length === 0 && under === undefined) return null;
  return (
    <div class="bulk" role="toolbar" aria-label="What is chosen">
      {under === undefined ? (
        <>
          <strong>{count(chosen.length, "pipeline")} chosen</strong>
          {(["trigger", "pause", "resume"] as const).map((action) => (
            <button key={action} type="button" onClick={() => openBulk(action, () => present(names))}>
              {TITLES[action]}
            </button>
          ))}
          <button type="button" class="quiet" onClick={clear}>
            Choose none
          </button>
        </>
      ) : (
        <>
          <progress value={under.done} max={under.all} aria-label="Done" />
          <span>
            {TITLES[under.action]}: {under.done} of {under.all}
          </span>
        </>
      )}
    </div>
  );
}

/** Asks before it is done: what it is done with, what is left out and why. */
export function BulkDialog(): JSX.Element | null {
  if (opened.value === undefined) return null;
  return <Asks {...opened.value} />;
}

/** The pipelines of the list that have these names. */
function present(names: ReadonlySet<string>): readonly PipelineSummary[] {
  return pipelines.value?.all.filter(({ name }) => names.has(name)) ?? [];
}

function Asks({ action, present }: Asked): JSX.Element {
  const asked = present();
  const [why, setWhy] = useState("");
  const id = useId();
  const { does, leftOut } = planOf(action, asked);
  const only = asked.length === 1 ? asked[0]?.name : undefined;
  const what = only ?? count(does.length, "pipeline");
  const close = (): void => {
    opened.value = undefined;
  };
  return (
    <Dialog title={`${TITLES[action]} ${only ?? count(asked.length, "pipeline")}?`} onClose={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          close();
          void carryOut(action, does, why.trim()).then((failed) => {
            // What failed stays chosen, to be tried again.
            const again = new Set(failed.map(({ name }) => name));
            chooseAll(
              asked.map(({ name }) => name).filter((name) => !again.has(name)),
              false,
            );
          });
        }}
      >
        {action === "pause" && (
          <>
            <p>No slot comes due until it is resumed, and none is made up for. What runs goes on.</p>
            <div class="field">
              <label for={id}>Why</label>
              <input
                id={id}
                value={why}
                maxLength={WHY_MAX}
                placeholder="Who comes here next will want to know"
                onInput={({ currentTarget }) => setWhy(currentTarget.value)}
              />
            </div>
          </>
        )}
        {action === "trigger" && <p>Each gets one run, its params as their defaults say.</p>}
        {leftOut.length > 0 && (
          <div>
            <strong>Left as {leftOut.length === 1 ? "it is" : "they are"}</strong>
            <ul class="left-out">
              {leftOut.slice(0, LISTED).map(({ name, why: reason }) => (
                <li key={name}>
                  <code>{name}</code> {reason}
                </li>
              ))}
            </ul>
            {leftOut.length > LISTED && <p class="hint">and {leftOut.length - LISTED} more</p>}
          </div>
        )}
        <div class="buttons">
          <button type="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" class="primary" disabled={does.length === 0}>
            {does.length === 0 ? "Nothing to do" : `${TITLES[action]} ${what}`}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
