import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callEngine, type Outcome } from "../support/fake-cli.ts";
import { GitRepository, gitAlone } from "../support/git-repository.ts";
import { ROOT, readText } from "../support/repository.ts";

/*
 * The twelve mistakes of docs/validate.md: files in mistakes/, what Engine says of them, and the part of the page that
 * shows it. `UPDATE=1 vitest run test/docs/mistakes.test.ts` writes that part anew.
 */

const PAGE = "docs/validate.md";
const UPDATE = process.env.UPDATE === "1";

/** The day on which they are checked. */
const NOW_MS = Date.UTC(2026, 0, 31, 12);

/** Each with the one code that it has to give. */
const MISTAKES = [
  ["a typo in a key", "typo_in_a_key", "ENG201"],
  ["a cycle", "cycle", "ENG301"],
  ["an unknown output", "unknown_output", "ENG406"],
  ["a type error", "type_error", "ENG403"],
  ["a bad cron expression", "bad_cron", "ENG501"],
  ["a wrong time zone", "wrong_zone", "ENG502"],
  ["a shell injection", "shell_injection", "ENG408"],
  ["a join after a branch", "join_after_branch", "ENG305"],
  ["a secret in a log", "secret_in_a_log", "ENG410"],
  ["a duplicate name", "duplicate_name", "ENG304"],
  ["a catch-up flood", "catch_up_flood", "ENG506"],
  ["a removed param", "removed_param", "ENG912"],
] as const;

const COMMAND = ["validate", "--base", "main"];

function filesIn(folder: string): Readonly<Record<string, string>> {
  const path = join(ROOT, "test/docs/mistakes", folder);
  return Object.fromEntries(
    readdirSync(path).map((name) => [`pipelines/${name}`, readFileSync(join(path, name), "utf8")]),
  );
}

/** The mistakes as somebody has just made them, on top of a commit without them. */
function repository(): string {
  const scripts = Object.values(filesIn("pipelines")).flatMap((text) => text.match(/(?<=\.\/)\w+\.sh/g) ?? []);
  const made = GitRepository.init().write(Object.fromEntries(scripts.map((script) => [script, ""])));
  made.write({ ...filesIn("pipelines"), ...filesIn("base") }).commit();
  return made.write(filesIn("pipelines")).root;
}

function check(root: string, ...more: readonly string[]): Promise<Outcome> {
  return callEngine([...COMMAND, ...more], { cwd: root, now: NOW_MS, env: gitAlone() });
}

interface Sarif {
  readonly runs: readonly [{ readonly results: readonly { readonly ruleId: string }[] }];
}

/** What stands on the page between its two marks. */
async function section(): Promise<string> {
  const root = repository();
  const [pretty, concise, sarif] = await Promise.all(
    [[], ["--format", "concise"], ["--format", "sarif"]].map((args) => check(root, ...args)),
  );
  const { results } = (JSON.parse(sarif?.stdout ?? "") as Sarif).runs[0];
  const rows = MISTAKES.map(
    ([what, file, code]) =>
      `| ${what} | [${file}.yaml](../test/docs/mistakes/pipelines/${file}.yaml) | [${code}](checks/${code}.md) |`,
  );
  return [
    "| mistake | file | code |",
    "|---|---|---|",
    ...rows,
    "",
    "For people:",
    "",
    "```console",
    `$ engine ${COMMAND.join(" ")}`,
    (pretty?.stdout ?? "").trimEnd(),
    "```",
    "",
    "A line each:",
    "",
    "```console",
    `$ engine ${COMMAND.join(" ")} --format concise`,
    (concise?.stdout ?? "").trimEnd(),
    "```",
    "",
    "For code scanning, the `results` of SARIF, here with each on a line of its own:",
    "",
    "```json",
    `[\n${results.map((result) => `  ${JSON.stringify(result)}`).join(",\n")}\n]`,
    "```",
  ].join("\n");
}

const MARKS = [
  "<!-- Written by a test from test/docs/mistakes: do not edit. -->",
  "<!-- End of what the test writes. -->",
] as const;

describe("the twelve mistakes", () => {
  test("give one finding each, the one that they are about", async () => {
    const { code, stdout } = await check(repository(), "--format", "json");
    expect(code).toBe(1);
    const found = (JSON.parse(stdout).diagnostics as { file: string; code: string }[]).map(
      (each) => `${each.file} ${each.code}`,
    );
    expect(found).toEqual(MISTAKES.map(([, file, expected]) => `pipelines/${file}.yaml ${expected}`).sort());
  });

  test("are files of their own, and all of them", () => {
    expect(Object.keys(filesIn("pipelines")).sort()).toEqual(
      MISTAKES.map(([, file]) => `pipelines/${file}.yaml`).sort(),
    );
  });

  test(`are shown in ${PAGE} with what Engine says of them now`, async () => {
    const [begin, end] = MARKS;
    const [before, rest] = readText(PAGE).split(`${begin}\n`);
    const after = rest?.split(`\n${end}`)[1];
    if (before === undefined || after === undefined) throw new Error(`${PAGE} lacks its marks: ${MARKS.join(" and ")}`);
    const wanted = `${before}${begin}\n\n${await section()}\n\n${end}${after}`;
    if (UPDATE) writeFileSync(join(ROOT, PAGE), wanted);
    expect(readText(PAGE)).toBe(wanted);
  });
});
