import { type DefineCommand, EXIT } from "../command.ts";
import { examine } from "../doctor/checks.ts";
import type { Finding } from "../doctor/finding.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { STATE_STYLES } from "../live/state-style.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import type { Cli } from "../terminal.ts";

export const define: DefineCommand = (command, act) => {
  command.option("--json", "print JSON").addHelpText("after", HELP).action(act(doctor));
};

const HELP = `
Looks at what an engine of this configuration rests on: the data folder and its disk, the
store, the pipelines, the programs that they use, the clock, and the repository that a
daemon follows. Nothing is changed.

Exit codes: 0 all is well, or there are warnings; 1 something would not work.`;

async function doctor(cli: Cli, { json }: { readonly json?: true }): Promise<number> {
  const findings = await examine(cli, loadConfig(cli));
  if (json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, findings });
  else print(cli, findings);
  return findings.some(({ state }) => state === "failed") ? EXIT.failed : EXIT.ok;
}

function print({ out }: Cli, findings: readonly Finding[]): void {
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, state, message, hint } of findings) {
    const { symbol, ascii, style } =
      STATE_STYLES[state === "ok" ? "success" : state === "failed" ? "failed" : "up_for_retry"];
    out.line([{ text: out.unicode ? symbol : ascii, style }, { text: ` ${what.padEnd(width)}  ${message}` }]);
    if (hint !== undefined) out.line(`${" ".repeat(width + 4)}${hint}`);
  }
}
