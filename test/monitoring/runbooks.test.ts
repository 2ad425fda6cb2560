import type { Command } from "commander";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-list.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { fakeCli } from "../support/fake-cli.ts";
import { readText, repositoryFiles } from "../support/repository.ts";

/*
 * Who reads a runbook is in a hurry: what it tells to type has to be there.
 */

const pages = repositoryFiles().filter((file) => /^docs\/runbooks\/Engine\w+\.md$/.test(file));

const { program } = buildProgram(COMMANDS, fakeCli());
const defined = new Map<string, Promise<Command>>();

/** A command with its options and the commands below it. */
function commandOf({ name, load }: (typeof COMMANDS)[number]): Promise<Command> {
  const known = defined.get(name);
  if (known !== undefined) return known;
  const command = program.commands.find((each) => each.name() === name) as Command;
  const loaded = load().then(({ define }) => {
    define(command, () => async () => {});
    return command;
  });
  defined.set(name, loaded);
  return loaded;
}

/** What is wrong with a command as a page has it. */
async function problemsOf(written: string): Promise<readonly string[]> {
  const [, name = "", ...words] = written.split(" ");
  const entry = COMMANDS.find((each) => each.name === name);
  if (entry === undefined) return [`there is no command ${name}`];
  let command = await commandOf(entry);
  while (command.commands.length > 0) {
    const below = command.commands.find((each) => each.name() === words[0]);
    // `start` may be left out.
    const meant = below ?? command.commands.find((each) => each.name() === "start");
    if (meant === undefined) return [`${command.name()} has no ${words[0]}`];
    command = meant;
    if (below !== undefined) words.shift();
  }
  const known = [...command.options, ...program.options].flatMap(({ short, long }) => [short, long]);
  return words.filter((word) => word.startsWith("-") && !known.includes(word)).map((word) => `there is no ${word}`);
}

test("runbooks say what an alert means, what to look at and what to do", () => {
  expect(pages.length).toBeGreaterThan(20);
  for (const page of pages) {
    const name = page.replace(/^.*\/|\.md$/g, "");
    expect(readText(page), page).toMatch(
      new RegExp(`^# ${name}\\n\\n\\S[^#]+\\n## Look at\\n\\n- [^#]+\\n## Do\\n\\n- `),
    );
  }
});

test("runbooks name commands and options that there are", async () => {
  for (const page of pages) {
    for (const [, written = ""] of readText(page).matchAll(/`(engine [a-z][^`]*)`/g)) {
      expect(await problemsOf(written), `${page}: ${written}`).toEqual([]);
    }
  }
  expect(await problemsOf("engine runs mend RUN")).toEqual(["runs has no mend"]);
  expect(await problemsOf("engine trigger PIPELINE --soon")).toEqual(["there is no --soon"]);
});
