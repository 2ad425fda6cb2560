import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { page } from "../../../../src/cli/output/pager.ts";
import { fakeCli } from "../../../support/fake-cli.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** More than the 24 rows of the terminal. */
const MANY = Array.from({ length: 30 }, (_, at) => `line ${at}`);
const TEXT = `${MANY.join("\n")}\n`;

test("what is longer than the terminal goes through the pager", async () => {
  const file = join(temporaryFolder(), "paged");
  const cli = fakeCli({ columns: 80, env: { PAGER: `cat > '${file}'` } });
  await page(cli, MANY);
  expect(readFileSync(file, "utf8")).toBe(TEXT);
  expect(cli.stdout()).toBe("");
});

test("what fits, and what goes to no terminal, does not", async () => {
  const file = join(temporaryFolder(), "paged");
  const env = { PAGER: `cat > '${file}'` };
  const small = fakeCli({ columns: 80, env });
  await page(small, ["one"]);
  const piped = fakeCli({ env });
  await page(piped, MANY);
  expect([small.stdout(), piped.stdout(), existsSync(file)]).toEqual(["one\n", TEXT, false]);
});

test.each(["", "cat", "no-such-program-anywhere"])("PAGER=%j is done without", async (pager) => {
  const cli = fakeCli({ columns: 80, env: { PAGER: pager } });
  await page(cli, MANY);
  expect(cli.stdout()).toBe(TEXT);
});

test("a pager that is left before its end is no error", async () => {
  const cli = fakeCli({ columns: 80, env: { PAGER: "true" } });
  await page(
    cli,
    Array.from({ length: 100_000 }, () => "a line that does not fit into a pipe with all the others"),
  );
  expect(cli.stdout()).toBe("");
});

test("a picture is not broken into lines: less gets told so, unless $LESS says something itself", async () => {
  const file = join(temporaryFolder(), "less");
  const options = async (env: Record<string, string>, wide: boolean): Promise<string> => {
    await page(fakeCli({ columns: 80, env: { PAGER: `echo "$LESS" > '${file}'`, ...env } }), MANY, { wide });
    return readFileSync(file, "utf8").trim();
  };
  expect(await options({}, false)).toBe("FRX");
  expect(await options({}, true)).toBe("FRSX");
  expect(await options({ LESS: "iR" }, true)).toBe("iR");
});
