import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ask, urlOf } from "../api/client.ts";
import { exact, timeOf } from "../lib/format.ts";
import { LogWindow, type PlacedLine } from "../lib/log-window.ts";
import { bytes, count } from "../lib/words.ts";
import { AnsiLine } from "./ansi.tsx";
import { Problem } from "./problem.tsx";
import { tellGood, attempt as tryTo } from "./toast.tsx";

interface LogViewProps {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  /** Whether more may be written. */
  readonly isOpen: boolean;
}

/** Of a line, in pixels, as in the styles. */
const LINE_HEIGHT = 18;
/** Lines above and below what is seen that are there too. */
const OVERSCAN = 30;
/** So near to the beginning of what is there, what stands before is loaded. */
const NEAR_LINES = 40;
const FIND = "GET /runs/:run/tasks/:task/attempts/:attempt/log/find";

/** The log of an attempt: followed while it grows, loaded where it is looked at, searched by the daemon. */
export function LogView({ run, task, attempt, isOpen }: LogViewProps): JSX.Element {
  const [log, setLog] = useState(() => new LogWindow({ run, task, attempt }));
  useEffect(() => {
    const next = new LogWindow({ run, task, attempt });
    setLog(next);
    void next.showEnd().then(() => (isOpen ? next.follow().catch(() => {}) : undefined));
    return () => next.close();
  }, [run, task, attempt]);
  // The stream may have been cut off: what came last is asked for.
  useEffect(() => {
    if (!isOpen) void log.loadRest();
  }, [log, isOpen]);
  return <LogBox key={`${run}/${task}/${attempt}`} log={log} isOpen={isOpen} />;
}

function LogBox({ log, isOpen }: { readonly log: LogWindow; readonly isOpen: boolean }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: window.innerHeight });
  const [follows, setFollows] = useState(true);
  const [hasTimes, setTimes] = useState(true);
  const [wanted, setWanted] = useState("");
  const [target, setTarget] = useState<{ readonly offset: number } | undefined>();
  const part = log.part.value;
  const lines = part?.lines ?? [];

  // What comes or goes above leaves in sight what was there.
  const shown = useRef(lines);
  useLayoutEffect(() => {
    const moved = linesAbove(shown.current, lines);
    shown.current = lines;
    if (moved !== 0 && box.current !== null) box.current.scrollTop += moved * LINE_HEIGHT;
  }, [lines]);
  // New lines keep the end in sight, unless the reader has gone elsewhere.
  useLayoutEffect(() => {
    if (follows && target === undefined && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follows, target]);
  useLayoutEffect(() => {
    const index = target === undefined ? -1 : lines.findLastIndex(({ offset }) => offset <= target.offset);
    if (index >= 0 && box.current !== null) {
      box.current.scrollTop = Math.max(0, index * LINE_HEIGHT - box.current.clientHeight / 3);
    }
  }, [target]);

  const onScroll = (): void => {
    if (box.current === null) return;
    const { scrollTop: top, clientHeight: height, scrollHeight } = box.current;
    setScroll({ top, height });
    const isAtEnd = top + height >= scrollHeight - 2 * LINE_HEIGHT;
    if (part !== undefined) setFollows(isAtEnd && part.to >= part.size);
    if (top < NEAR_LINES * LINE_HEIGHT) void log.loadBefore();
    if (isAtEnd) void log.loadAfter();
  };
  const goTo = async (offset: number): Promise<void> => {
    await log.showAt(offset);
    setFollows(false);
    setTarget({ offset });
  };
  const toFirstError = (): Promise<boolean> =>
    tryTo(async () => {
      const { found } = await ask(FIND, { path: log.path, query: { errors: true, limit: 1 } });
      if (found[0] === undefined) tellGood("No line tells of an error.");
      else await goTo(found[0].offset);
    });

  const first = Math.max(0, Math.floor(scroll.top / LINE_HEIGHT) - OVERSCAN);
  const last = Math.min(lines.length, Math.ceil((scroll.top + scroll.height) / LINE_HEIGHT) + OVERSCAN);
  return (
    <section class="log" aria-label="Log">
      <div class="log-bar">
        <LogSearch log={log} onWanted={setWanted} onGo={goTo} />
        <button type="button" onClick={() => void toFirstError()}>
          First error
        </button>
        <button
          type="button"
          onClick={() => {
            // First the end, then to it: what is there now may be far from it.
            void log.showEnd().then(() => {
              setTarget(undefined);
              setFollows(true);
            });
          }}
        >
          {isOpen ? "Follow" : "End"}
        </button>
        <label class="switch">
          <input type="checkbox" checked={hasTimes} onChange={({ currentTarget }) => setTimes(currentTarget.checked)} />
          Times
        </label>
        <a
          class="button"
          download
          href={urlOf("/runs/:run/tasks/:task/attempts/:attempt/log/text", { path: log.path })}
        >
          Download
        </a>
        {part !== undefined && <span class="hint">{bytes(part.size)}</span>}
        {isOpen && follows && <span class="hint following">follows</span>}
      </div>
      {log.error.value !== undefined && <Problem error={log.error.value} />}
      <div
        class="log-lines"
        ref={box}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
        role="log"
        aria-label="Lines of the log"
        aria-live="off"
      >
        <div class="log-space" style={{ height: `${lines.length * LINE_HEIGHT}px` }}>
          {lines.slice(first, last).map((line, index) => (
            <div
              key={line.offset}
              class={`log-line ${line.stream}${line.offset === target?.offset ? " target" : ""}`}
              style={{ top: `${(first + index) * LINE_HEIGHT}px` }}
            >
              {hasTimes && (
                <span class="log-time" title={exact(line.at)}>
                  {timeOf(line.at)}
                </span>
              )}
              <span class="log-text">
                <AnsiLine text={line.text} wanted={wanted} />
              </span>
            </div>
          ))}
        </div>
        {part !== undefined && lines.length === 0 && (
          <p class="hint log-empty">{isOpen ? "Nothing is printed yet." : "Nothing was printed."}</p>
        )}
      </div>
    </section>
  );
}

/** How many lines have come above those that were there; below zero: how many have gone. */
function linesAbove(before: readonly PlacedLine[], after: readonly PlacedLine[]): number {
  const [[old], [first]] = [before, after];
  if (old === undefined || first === undefined || old.offset === first.offset) return 0;
  const came = first.offset < old.offset;
  const index = (came ? after : before).findIndex(({ offset }) => offset === (came ? old : first).offset);
  return came ? Math.max(0, index) : -Math.max(0, index);
}

interface LogSearchProps {
  readonly log: LogWindow;
  readonly onWanted: (text: string) => void;
  readonly onGo: (offset: number) => Promise<void>;
}

/** Looks for a text in all of the log. */
function LogSearch({ log, onWanted, onGo }: LogSearchProps): JSX.Element {
  const [text, setText] = useState("");
  const [hits, setHits] = useState<{
    readonly text: string;
    readonly offsets: readonly number[];
    readonly more: boolean;
    readonly at: number;
  }>();
  const show = async (step: number): Promise<void> => {
    if (text === "") return;
    if (hits?.text === text && hits.offsets.length > 0) {
      const at = (hits.at + step + hits.offsets.length) % hits.offsets.length;
      setHits({ ...hits, at });
      await onGo(hits.offsets[at] ?? 0);
      return;
    }
    await tryTo(async () => {
      const { found, more } = await ask(FIND, { path: log.path, query: { text, limit: 1000 } });
      setHits({ text, offsets: found.map(({ offset }) => offset), more, at: 0 });
      onWanted(text.toLowerCase());
      if (found[0] !== undefined) await onGo(found[0].offset);
    });
  };
  const isFound = hits?.text === text;
  return (
    <form
      class="log-search"
      onSubmit={(event) => {
        event.preventDefault();
        void show(1);
      }}
    >
      <input
        type="search"
        id="filter"
        placeholder="Search the log"
        aria-label="Search the log"
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          if (currentTarget.value === "") onWanted("");
        }}
      />
      <button type="submit">Find</button>
      {isFound && hits.offsets.length > 1 && (
        <button type="button" onClick={() => void show(-1)} aria-label="Hit before">
          ↑
        </button>
      )}
      {isFound && (
        <span class="hint" role="status">
          {hits.offsets.length === 0
            ? "not found"
            : `${hits.at + 1} of ${count(hits.offsets.length, "line")}${hits.more ? " and more" : ""}`}
        </span>
      )}
    </form>
  );
}
