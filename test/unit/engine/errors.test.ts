import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EngineError, ERRORS } from "../../../src/engine/index.ts";

describe("the registry of errors", () => {
  test("docs/errors.md lists exactly the codes of the registry, with their exit codes", () => {
    const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|.*\| (\d) \|$/gm)].map(([, code, exit]) => [
      code,
      Number(exit),
    ]);
    const registered = Object.entries(ERRORS).map(([code, { exit_code }]) => [code, exit_code]);
    expect(documented).toEqual(registered);
  });

  test("an error fills its values into text and hint", () => {
    const error = new EngineError("RUN_NOT_FINISHED", { run: "r1" });
    expect(error.message).toBe("run r1 has not finished, so it can't be retried");
    expect(error.hint).toContain("engine runs cancel r1");
    expect(error.exit_code).toBe(2);
  });
});
