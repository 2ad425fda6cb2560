import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { IGNORED, starterFiles } from "../init/starter.ts";
import type { Cli } from "../terminal.ts";

export const define: DefineCommand = (command, act) => {
  command
    .argument("[folder]", "where; it is made if it is not there", ".")
    .addHelpText("after", "\nWhat is there stays as it is, so it does no harm to call it again.")
    .action(act(init));
};

function init(cli: Cli, folder: string): number {
  const root = resolve(cli.cwd, folder);
  if (isFile(root)) throw usageError(`${folder} is a file`, "give the folder of a repository");
  for (const [path, text] of Object.entries(starterFiles())) {
    const wrote = writeNew(join(root, path), text);
    cli.out.line(wrote ? `wrote  ${path}` : `kept   ${path}, which was there`);
  }
  cli.out.line(
    ignore(join(root, ".gitignore")) ? `added  ${IGNORED} to .gitignore` : `kept   .gitignore, which has ${IGNORED}`,
  );
  const enter = root === cli.cwd ? "" : `cd ${folder} && `;
  cli.out.line(`\nNext: ${enter}engine validate && engine run hello`);
  return EXIT.ok;
}

/** False when something of that name is there already. */
function writeNew(path: string, text: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Adds the data folder to .gitignore. False when it is there already. */
function ignore(path: string): boolean {
  const text = readIfThere(path);
  if (/^\/?\.engine\/?\s*$/m.test(text)) return false;
  appendFileSync(path, `${text === "" || text.endsWith("\n") ? "" : "\n"}${IGNORED}\n`);
  return true;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}
