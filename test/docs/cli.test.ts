import type { Command } from "commander";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-list.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { config_properties } from "../../src/config/definition.ts";
import { fakeCli } from "../support/fake-cli.ts";
import { readText } from "../support/repository.ts";

const page = readText("docs/cli.md");

/** The first cell of each row of the tables in a section, as far as it is an option. */
function optionsIn(section: string): string[] {
  return [...section.matchAll(/^\| `(-[^`]+)` \|/gm)].map((match) => match[1] ?? "").sort();
}

/** `engine logs <run> <task>`: the options that the page names for it. */
function documented(): Map<string, string[]> {
  const sections = page.split(/^### `(engine [^`]+)`$/m).slice(1);
  return new Map(sections.flatMap((usage, at) => (at % 2 === 0 ? [[usage, optionsIn(sections[at + 1] ?? "")]] : [])));
}

async function defined(): Promise<Map<string, string[]>> {
  const { program } = buildProgram(COMMANDS, fakeCli());
  const all = new Map<string, string[]>();
  const note = (command: Command, path: string): void => {
    const args = command.registeredArguments.map((each) => {
      const name = each.variadic ? `${each.name()}...` : each.name();
      return each.required ? ` <${name}>` : ` [${name}]`;
    });
    if (command.commands.length === 0) {
      all.set(`${path}${args.join("")}`, command.options.map(({ flags }) => flags).sort());
    }
    for (const sub of command.commands) note(sub, `${path} ${sub.name()}`);
  };
  for (const { name, load } of COMMANDS) {
    const command = program.commands.find((each) => each.name() === name) as Command;
    (await load()).define(command, () => async () => {});
    note(command, `engine ${name}`);
  }
  return all;
}

test("docs/cli.md has every command with its arguments and options, and no other", async () => {
  expect(documented()).toEqual(await defined());
});

test("docs/cli.md has the options that all commands take, and no other", () => {
  const { program } = buildProgram(COMMANDS, fakeCli());
  const common = page.split("## What all commands have in common")[1]?.split("\n## ")[0] ?? "";
  expect(optionsIn(common)).toEqual([...program.options.map(({ flags }) => flags), "-h, --help"].sort());
});

test("docs/configuration.md has every key with its variable and its flag, and no other", () => {
  const rows = [...readText("docs/configuration.md").matchAll(/^\| `(\w+)` \| `(\w+)` \| `?(none|--[\w-]+)`? \|/gm)];
  const none = ["connections", "git", "secrets", "server", "metrics", "retention"].map((key) => [key, "none"]);
  const flags: Record<string, string> = { pools: "--pool", vars: "--var", ...Object.fromEntries(none) };
  expect(rows.map((match) => match.slice(1))).toEqual(
    Object.keys(config_properties).map((key) => [key, `ENGINE_${key.toUpperCase()}`, flags[key] ?? `--${key}`]),
  );
});
