import type { JSX } from "preact";
import { place } from "../lib/router.ts";
import { THEMES, theme } from "../lib/settings.ts";
import { Board } from "./board.tsx";
import { askBoard, askBoards, type BoardEntry, type Boards } from "./lib/ask.ts";
import { useAnswer } from "./lib/use-answer.ts";

/** The board that the preview begins with, when there is one of that name. */
const FIRST = "engine-overview";

/** All boards at the side, and one of them. */
export function App(): JSX.Element {
  const { value: all, error } = useAnswer("boards", askBoards);
  const [kind, named] = place.value;
  const uid = kind === "d" ? named : (all?.boards.find((board) => board.uid === FIRST) ?? all?.boards[0])?.uid;
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/">
          Engine dashboards
        </a>
        {all !== undefined && <Source source={all.source} />}
        <div class="controls">
          <button
            type="button"
            class="quiet"
            onClick={() => {
              theme.value = next;
            }}
            title={`Colours: ${theme.value}. Next: ${next}`}
          >
            Colours: {theme.value}
          </button>
        </div>
      </header>
      {all?.source.kind === "sample" && (
        <aside class="banner" aria-label="Where the numbers come from">
          <strong>Sample data.</strong> Every number here is made up; only the names are those of your pipelines. Give{" "}
          <code>--prometheus</code> its address to see what was measured.
        </aside>
      )}
      {error !== undefined && <p class="banner">{error}</p>}
      <div class="sides">
        {all !== undefined && <BoardList boards={all.boards} shown={uid} />}
        <main id="content" tabIndex={-1}>
          {uid !== undefined && all !== undefined && (
            <Loaded key={uid} uid={uid} isSample={all.source.kind === "sample"} />
          )}
        </main>
      </div>
    </>
  );
}

function Source({ source }: Pick<Boards, "source">): JSX.Element {
  return <span class="source">{source.kind === "sample" ? "sample data" : `data of ${source.url}`}</span>;
}

/** The boards, those with the same tags together. */
function BoardList({
  boards,
  shown,
}: {
  readonly boards: readonly BoardEntry[];
  readonly shown: string | undefined;
}): JSX.Element {
  const groups = [...Map.groupBy(boards, ({ tags }) => tags.join(", "))].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return (
    <nav class="boards" aria-label="Dashboards">
      {groups.map(([tags, group]) => (
        <section key={tags}>
          <h2>{tags === "" ? "without a tag" : tags}</h2>
          <ul>
            {group.toSorted(byTitle).map(({ uid, title, description }) => (
              <li key={uid}>
                <a
                  href={`/d/${encodeURIComponent(uid)}`}
                  title={description}
                  aria-current={uid === shown ? "page" : undefined}
                >
                  {shortened(title)}
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function byTitle(a: BoardEntry, b: BoardEntry): number {
  return a.title.localeCompare(b.title);
}

/** A title without what stands before all titles of a folder. */
function shortened(title: string): string {
  return title.split(" / ").at(-1) ?? title;
}

function Loaded({ uid, isSample }: { readonly uid: string; readonly isSample: boolean }): JSX.Element | null {
  const { value: board, error } = useAnswer(uid, () => askBoard(uid));
  if (error !== undefined) return <p class="panel-error">{error}</p>;
  return board === undefined ? null : <Board board={board} isSample={isSample} />;
}
