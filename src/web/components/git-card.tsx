import type { JSX } from "preact";
import { ask } from "../api/client.ts";
import type { Git } from "../generated/api.ts";
import { mayOperate } from "../lib/me.ts";
import { useData } from "../lib/use-data.ts";
import { Ready } from "./problem.tsx";
import { Ago } from "./time.tsx";
import { attempt, tellGood } from "./toast.tsx";

/** The repository that the daemon follows. */
export function GitCard(): JSX.Element {
  const loaded = useData(
    "git",
    (signal) => ask("GET /git", { signal }),
    ({ type }) => type === "catalog",
  );
  const sync = async (): Promise<void> => {
    const isDone = await attempt(async () => {
      const { result } = await ask("POST /sync");
      tellGood(`The repository: ${result.replaceAll("_", " ")}.`);
    });
    if (isDone) loaded.reload();
  };
  return (
    <div class="card">
      <h2>Repository</h2>
      <Ready of={loaded}>{(git) => <State git={git} />}</Ready>
      {mayOperate.value && (
        <button type="button" onClick={() => void sync()}>
          Look for a newer commit
        </button>
      )}
    </div>
  );
}

function State({ git }: { readonly git: Git }): JSX.Element {
  const { url, branch, live, seen, synced_at, refused, failure, rolled_back } = git;
  return (
    <>
      {failure !== undefined && (
        <p class="why bad">
          It could not be asked, {failure.times} times since <Ago at={failure.first_at} />: {failure.message}
        </p>
      )}
      {refused !== undefined && (
        <p class="why bad">
          Commit <code>{refused.commit.slice(0, 12)}</code> has {refused.errors} errors and is not live.
        </p>
      )}
      {rolled_back && <p class="why">It was gone back to an earlier commit, until something newer arrives.</p>}
      <dl class="pairs">
        <div class="pair">
          <dt>From</dt>
          <dd>
            <code>{url}</code>
            {branch !== undefined && `, branch ${branch}`}
          </dd>
        </div>
        {live !== undefined && (
          <div class="pair">
            <dt>Live</dt>
            <dd>
              <code>{live.commit.slice(0, 12)}</code>, since <Ago at={live.at} />
            </dd>
          </div>
        )}
        {seen !== undefined && seen.commit !== live?.commit && (
          <div class="pair">
            <dt>Newest</dt>
            <dd>
              <code>{seen.commit.slice(0, 12)}</code>, seen <Ago at={seen.at} />
            </dd>
          </div>
        )}
        {synced_at !== undefined && (
          <div class="pair">
            <dt>Asked</dt>
            <dd>
              <Ago at={synced_at} />
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
