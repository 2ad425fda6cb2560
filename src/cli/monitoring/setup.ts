import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { ADDON } from "../../monitoring/index.ts";
import { cacheFolder } from "../cache-folder.ts";
import { EXIT } from "../command.ts";
import { CliError } from "../errors.ts";
import type { Cli } from "../terminal.ts";

/** The version that the mixin is tested with. */
const VERSION = "2.1.0";

/** Where `engine monitoring setup` puts jsonnet: in the user's cache. */
export function jsonnetFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(cacheFolder(env) ?? "/nonexistent", "jsonnet");
}

/** Installs jsonnet for this user, apart from any project: it is compiled on this machine. Throws with what npm said. */
export async function setUpJsonnet(cli: Cli): Promise<void> {
  const folder = jsonnetFolder(cli.env);
  cli.err.line(`Installing ${ADDON} ${VERSION} into ${folder}: it is compiled, which takes a minute.`);
  mkdirSync(folder, { recursive: true });
  // Newer versions of npm run the scripts of those packages alone that are named so.
  const manifest = { name: "engine-jsonnet", private: true, allowScripts: { [ADDON]: true } };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const { failed, all } = await execa("npm", ["install", "--no-audit", "--no-fund", `${ADDON}@${VERSION}`], {
    cwd: folder,
    reject: false,
    all: true,
    env: { ...cli.env },
  });
  if (failed) {
    throw new CliError(`${ADDON} could not be installed:\n${all.trim().split("\n").slice(-15).join("\n")}`, {
      hint: "it needs cmake and a C++ compiler; or install the program jsonnet: `apt-get install jsonnet`",
      exit_code: EXIT.internal,
    });
  }
  cli.out.line(`jsonnet is there: ${folder}`);
}
