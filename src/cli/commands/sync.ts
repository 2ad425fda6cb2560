import type { SyncAnswer } from "../../server/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { plainText } from "../live/text.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import { count } from "../output/words.ts";
import { placeOf } from "../place/place.ts";
import { whoAmI } from "../run/session.ts";
import type { Cli } from "../terminal.ts";

interface SyncOptions {
  readonly rollback?: true;
  readonly json?: true;
}

export const define: DefineCommand = (command, act) => {
  command
    .option("--rollback", "go back to the commit that was live before, until a newer one arrives")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(act(sync));
};

const HELP = `
For a daemon that follows a repository (\`git\` in engine.yaml): it asks now, not only when
the interval is over, and this command says what came of it. The exit code is 1 when the
newest commit is refused, and 3 when the repository can't be asked.`;

async function sync(cli: Cli, options: SyncOptions): Promise<number> {
  const { rollback, json } = { rollback: false, ...options };
  const place = placeOf(cli, loadConfig(cli));
  if (place.isDriven() !== true) throw usageError("no daemon holds the data folder", "start `engine serve`");
  const answer = (await place.ask({ type: "sync", rollback, by: whoAmI(cli) })) as unknown as SyncAnswer;
  if (json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, ...answer });
  else for (const line of told(answer)) cli.out.line(plainText(line));
  if (answer.result === "failed") return EXIT.internal;
  return answer.result === "refused" ? EXIT.failed : EXIT.ok;
}

/** What came of it, in lines. */
function told({ result, git }: SyncAnswer): readonly string[] {
  const { url, branch = "its branch", live, rolled_back, refused, failure } = git;
  const commit = live?.commit ?? "none";
  const stays = live === undefined ? "no pipeline is live" : `commit ${commit} stays live`;
  switch (result) {
    case "changed":
      return [`commit ${commit} of ${branch} is live`];
    case "rolled_back":
      return [`commit ${commit} is live again, until a newer one than now arrives on ${branch}`];
    case "unchanged":
      return [
        rolled_back
          ? `commit ${commit} stays live: somebody went back to it, and nothing newer is on ${branch}`
          : `commit ${commit} is live, and the newest of ${branch}`,
      ];
    case "failed":
      return [`${url} could not be asked; ${stays}: ${failure?.message ?? "the daemon is stopping"}`];
    case "refused": {
      const { commit: newest = "", errors = 0, findings = [] } = refused ?? {};
      const left = errors - findings.length;
      return [
        ...findings.map(
          ({ file, line, column, code, message, hint }) =>
            `${file}:${line}:${column}: ${code} ${message}${hint === undefined ? "" : ` (${hint})`}`,
        ),
        ...(left > 0 ? [`and ${count(left, "more error")}`] : []),
        `commit ${newest} of ${branch} is refused for ${count(errors, "error")}; ${stays}`,
      ];
    }
  }
}
