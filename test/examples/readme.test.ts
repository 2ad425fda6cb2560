import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ROOT, readText, repositoryFiles } from "../support/repository.ts";

/*
 * The list of examples leaves none out, and says what each needs.
 */

const page = readText("examples/README.md");
const [, patterns = "", needs = ""] = page.split(/^## .*$/m);
const examples = readdirSync(join(ROOT, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["deploy", "monitoring"].includes(entry.name))
  .map(({ name }) => name);

/** The examples that a text has a link to, in its order. */
function linked(text: string): string[] {
  return [...text.matchAll(/\]\(([a-z-]+)\/pipeline\.yaml\)/g)].map((match) => match[1] ?? "");
}

describe("examples/README.md", () => {
  test("says of every example what it is, once and in order", () => {
    expect(linked(needs)).toEqual([...examples].sort());
  });

  test("has every example under a pattern", () => {
    expect(examples.filter((name) => !linked(patterns).includes(name))).toEqual([]);
  });

  test("names only tasks that their examples have", () => {
    for (const row of patterns.split("\n")) {
      for (const [, task = "", of = ""] of row.matchAll(/`([a-z_]+)` of (\[[^|;]*)/g)) {
        // `check_quality` of [one](…) and [another](…): up to the next task.
        for (const name of linked(of.split(/, `/)[0] ?? "")) {
          const { tasks } = parse(readText(`examples/${name}/pipeline.yaml`)) as { tasks: object };
          if (task !== "defaults") expect(Object.keys(tasks), `${name} has no task ${task}`).toContain(task);
        }
      }
    }
  });

  test.each(examples)("says of %s whether it needs Python or Docker", (name) => {
    const row = needs.split("\n").find((line) => line.includes(`(${name}/`)) ?? "";
    const operators = repositoryFiles()
      .filter((file) => file.startsWith(`examples/${name}/`) && file.endsWith(".yaml"))
      .flatMap((file) => {
        const { tasks } = parse(readText(file)) as { tasks?: Record<string, object> };
        return Object.values(tasks ?? {}).flatMap((task) => Object.keys(task));
      });
    expect(row.includes("python3")).toBe(operators.includes("python"));
    expect(row.includes("Podman")).toBe(operators.includes("docker"));
  });
});
