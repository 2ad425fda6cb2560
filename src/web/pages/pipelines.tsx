import type { JSX } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { BulkBar } from "../components/bulk-bar.tsx";
import { PipelineRow, PipelineTitles, ROW_HEIGHT } from "../components/pipeline-row.tsx";
import { Empty, Problem } from "../components/problem.tsx";
import { VirtualRows } from "../components/virtual-rows.tsx";
import type { BrokenFile } from "../generated/api.ts";
import { useListKeys, useShortcuts } from "../lib/keys.ts";
import { mayOperate } from "../lib/me.ts";
import { asked, chosen, FILTER_STATES, tagsOf } from "../lib/pipeline-filter.ts";
import { followPipelines, pipelines, pipelinesError } from "../lib/pipelines-store.ts";
import { go, path, query, setQuery } from "../lib/router.ts";
import { choose, selected } from "../lib/selection.ts";
import { count } from "../lib/words.ts";

/** All pipelines: how they stand, and what their last runs did. */
export function PipelinesPage(): JSX.Element {
  // At once, not after the first picture: with thousands of pipelines it counts.
  useLayoutEffect(followPipelines, []);
  useEffect(() => {
    document.title = "Pipelines · Engine";
  }, []);
  const list = pipelines.value;
  const rows = list === undefined ? [] : chosen(list.all, asked(query.value));
  const current = useListKeys(rows.length, (index) => {
    const row = rows[index];
    if (row !== undefined) go(path("pipelines", row.name));
  });
  const names = rows.map(({ name }) => name);
  const shownAt = current === undefined ? undefined : names[current];
  useShortcuts(
    shownAt === undefined || current === undefined || !mayOperate.value
      ? []
      : [
          {
            keys: "x",
            what: "Choose the row",
            run: () => choose(names, current, !selected.peek().has(shownAt), false),
          },
        ],
  );
  if (list === undefined) {
    return pipelinesError.value === undefined ? (
      <div class="loading" role="status" aria-label="Loading" />
    ) : (
      <Problem error={pipelinesError.value} />
    );
  }
  if (list.all.length === 0 && list.broken.length === 0) return <FirstPipeline />;
  return (
    <>
      <div class="head">
        <h1>Pipelines</h1>
        <span class="quiet-text">{count(rows.length, "pipeline")}</span>
      </div>
      <Filters />
      <BrokenFiles files={list.broken} />
      {rows.length === 0 ? (
        <Empty title="No pipeline fits">
          <button type="button" onClick={() => go("/", { replace: true })}>
            Show all {list.all.length}
          </button>
        </Empty>
      ) : (
        <div class={`list pipelines${mayOperate.value ? " can-choose" : ""}`}>
          <PipelineTitles names={names} />
          <VirtualRows
            count={rows.length}
            height={ROW_HEIGHT}
            keyOf={(index) => rows[index]?.name ?? String(index)}
            {...(current !== undefined && { current })}
            row={(index, style) => {
              const row = rows[index];
              return (
                row && (
                  <PipelineRow
                    key={row.name}
                    pipeline={row}
                    style={style}
                    isCurrent={index === current}
                    onChoose={(isOn, isRange) => choose(names, index, isOn, isRange)}
                  />
                )
              );
            }}
          />
        </div>
      )}
      {mayOperate.value && <BulkBar chosen={rows.filter(({ name }) => selected.value.has(name))} />}
    </>
  );
}

function Filters(): JSX.Element {
  const { text, tags, state } = asked(query.value);
  const toggle = (tag: string): void => {
    const next = tags.includes(tag) ? tags.filter((each) => each !== tag) : [...tags, tag];
    setQuery({ tag: next.join(",") });
  };
  return (
    <search class="filters">
      <input
        type="search"
        id="filter"
        placeholder="Name, owner or tag"
        aria-label="Filter by name, owner or tag"
        value={text}
        onInput={({ currentTarget }) => setQuery({ q: currentTarget.value })}
      />
      <select
        aria-label="State"
        value={state}
        onChange={({ currentTarget }) => setQuery({ state: currentTarget.value })}
      >
        <option value="">Any state</option>
        {Object.entries(FILTER_STATES).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      {tagsOf(pipelines.value?.all ?? [], tags).map((tag) => (
        <button key={tag} type="button" class="tag" aria-pressed={tags.includes(tag)} onClick={() => toggle(tag)}>
          {tag}
        </button>
      ))}
    </search>
  );
}

/** Files of which no version is live. */
function BrokenFiles({ files }: { readonly files: readonly BrokenFile[] }): JSX.Element | null {
  const dead = files.filter(({ pipeline }) => pipeline === undefined);
  if (dead.length === 0) return null;
  return (
    <div class="problem">
      <strong>{count(dead.length, "file")} with errors, and no pipeline of it is live</strong>
      {dead.map(({ file, reason }) => (
        <span key={file}>
          <code>{file}</code>: {reason}
        </span>
      ))}
      <a href="/system">All findings</a>
    </div>
  );
}

function FirstPipeline(): JSX.Element {
  return (
    <Empty title="No pipelines yet">
      <p>Put a file into the folder of pipelines. It is live as soon as it is saved.</p>
      <pre>{`# pipelines/hello.yaml
schedule: "0 6 * * *"
tasks:
  greet:
    bash: echo "Good morning"
  report:
    needs: greet
    bash: echo "All is well"`}</pre>
      <p>
        <code>engine init</code> makes a first one, and <code>engine validate</code> says what is wrong with it.
      </p>
    </Empty>
  );
}
