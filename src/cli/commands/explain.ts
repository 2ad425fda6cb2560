import { checkInfos } from "../../language/index.ts";
import { suggest } from "../../lib/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { renderMarkdown } from "../output/markdown.ts";
import { page } from "../output/pager.ts";
import { layOutTable } from "../output/table.ts";
import { docsOf } from "../package-files.ts";
import type { Cli } from "../terminal.ts";

export const define: DefineCommand = (command, act) => {
  command
    .argument("[code]", "a code such as ENG302, or its name; without one, all are listed")
    .action(act((cli, code: string | undefined) => (code === undefined ? list(cli) : explain(cli, code))));
};

async function explain(cli: Cli, asked: string): Promise<number> {
  const wanted = asked.toLowerCase();
  const info = checkInfos.find(({ code, name }) => code.toLowerCase() === wanted || name === wanted);
  if (info === undefined) {
    const near = nearTo(asked);
    throw usageError(
      `there is no code ${asked}`,
      near === undefined ? "`engine explain` lists them all" : `did you mean \`${near}\`?`,
    );
  }
  const text = docsOf(info.code) ?? "";
  // Elsewhere than on a terminal the page is more use as it was written.
  if (cli.out.isTerminal) await page(cli, renderMarkdown(text, cli.out.columns));
  else cli.out.write(text);
  return EXIT.ok;
}

/** One number is no misspelling of another, unless digits have changed places; of names any near one will do. */
function nearTo(asked: string): string | undefined {
  const digits = asked.replace(/\D/g, "");
  if (digits === "")
    return suggest(
      asked,
      checkInfos.map(({ name }) => name),
    );
  const sorted = (text: string): string => [...text].sort().join("");
  const codes = checkInfos.map(({ code }) => code).filter((code) => sorted(code.slice(3)) === sorted(digits));
  return suggest(`ENG${digits}`, codes);
}

async function list(cli: Cli): Promise<number> {
  const columns = [
    { title: "CODE" },
    { title: "SEVERITY", drop: 1 },
    { title: "NAME" },
    { title: "IT SAYS THAT", shrink: true },
  ];
  const rows = checkInfos.map(({ code, severity, name, summary }) => [code, severity, name, summary]);
  await page(cli, layOutTable(columns, rows, cli.out.isTerminal ? cli.out.columns : undefined));
  return EXIT.ok;
}
