import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/client.ts";
import { Ready } from "../../components/problem.tsx";
import { SourceView } from "../../components/source-view.tsx";
import type { Finding, Run } from "../../generated/api.ts";
import { exact } from "../../lib/format.ts";
import type { PipelineAnswer } from "../../lib/pipeline-answer.ts";
import { query, setQuery } from "../../lib/router.ts";
import { useData } from "../../lib/use-data.ts";

/** Runs among which versions are looked for. */
const RUNS = 1000;

interface Version {
  readonly version: string;
  readonly since: number | undefined;
  readonly revision: string | undefined;
}

/** The file, with what is wrong in it; the versions that ran, and what differs between two. */
export function SourceTab({ data: { pipeline } }: { readonly data: PipelineAnswer }): JSX.Element {
  const { name, file, version: live, source } = pipeline;
  const loaded = useData(
    `source ${name} ${live}`,
    async (signal) => {
      const [{ findings }, { runs }] = await Promise.all([
        ask("GET /findings", { signal }),
        ask("GET /runs", { query: { pipeline: [name], limit: RUNS }, signal }),
      ]);
      return { findings: findings.filter((finding) => finding.file === file), versions: versionsOf(runs, live) };
    },
    (event) => event.type === "catalog",
  );
  return (
    <Ready of={loaded}>
      {({ findings, versions }) => <Source live={live} liveSource={source} findings={findings} versions={versions} />}
    </Ready>
  );
}

interface SourceProps {
  readonly live: string;
  readonly liveSource: string;
  readonly findings: readonly Finding[];
  readonly versions: readonly Version[];
}

function Source({ live, liveSource, findings, versions }: SourceProps): JSX.Element {
  const version = query.value.get("version") ?? live;
  const against = query.value.get("against");
  const text = useSource(version, live, liveSource);
  const before = useSource(against ?? undefined, live, liveSource);
  const name = ({ version: id, since, revision }: Version): string =>
    `${id.slice(0, 10)}${id === live ? ", live" : ""}${since === undefined ? "" : `, ran since ${exact(since)}`}${revision === undefined ? "" : `, commit ${revision.slice(0, 10)}`}`;
  return (
    <>
      <div class="filters">
        <label class="switch">
          Version
          <select value={version} onChange={({ currentTarget }) => setQuery({ version: currentTarget.value })}>
            {versions.every((each) => each.version !== version) && (
              <option value={version}>{version.slice(0, 10)}</option>
            )}
            {versions.map((each) => (
              <option key={each.version} value={each.version}>
                {name(each)}
              </option>
            ))}
          </select>
        </label>
        {versions.length > 1 && (
          <label class="switch">
            compared with
            <select value={against ?? ""} onChange={({ currentTarget }) => setQuery({ against: currentTarget.value })}>
              <option value="">nothing</option>
              {versions
                .filter((each) => each.version !== version)
                .map((each) => (
                  <option key={each.version} value={each.version}>
                    {name(each)}
                  </option>
                ))}
            </select>
          </label>
        )}
      </div>
      {text !== undefined && against !== null && before !== undefined ? (
        <Difference before={before} after={text} />
      ) : (
        text !== undefined && <SourceView text={text} findings={version === live ? findings : []} />
      )}
    </>
  );
}

/** The versions of runs, the newest first, and the live one before all. */
function versionsOf(runs: readonly Run[], live: string): readonly Version[] {
  const since = new Map<string, Version>([[live, { version: live, since: undefined, revision: undefined }]]);
  for (const { version, created_at, revision } of runs) since.set(version, { version, since: created_at, revision });
  return [...since.values()];
}

function useSource(version: string | undefined, live: string, liveSource: string): string | undefined {
  const loaded = useData(version === undefined || version === live ? undefined : `text of ${version}`, (signal) =>
    ask("GET /versions/:version", { path: { version: version ?? "" }, signal }),
  );
  return version === live ? liveSource : loaded.data?.source;
}

interface DifferenceProps {
  readonly before: string;
  readonly after: string;
}

function Difference({ before, after }: DifferenceProps): JSX.Element {
  const [parts, setParts] = useState<
    readonly { readonly value: string; readonly added?: boolean; readonly removed?: boolean }[]
  >([]);
  useEffect(() => {
    void import("diff").then(({ diffLines }) => setParts(diffLines(before, after)));
  }, [before, after]);
  const lines = parts.flatMap(({ value, added = false, removed = false }) =>
    value
      .replace(/\n$/, "")
      .split("\n")
      .map((text) => ({ text, sign: added ? "+" : removed ? "−" : " " })),
  );
  return (
    <section
      class="source mono"
      aria-label="What differs"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      {lines.map(({ text, sign }, index) => (
        <div key={`${index}${sign}`} class={sign === "+" ? "line added" : sign === "−" ? "line removed" : "line"}>
          <span class="number">{sign}</span>
          {text}
        </div>
      ))}
    </section>
  );
}
