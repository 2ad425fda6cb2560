import { Option } from "commander";
import { parseDuration } from "../../lib/index.ts";
import { newToken, ROLES, type Role, readTokens, type StoredToken, writeTokens } from "../../server/index.ts";
import { createPrivateFolder } from "../../store/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import { type Cell, layOutTable } from "../output/table.ts";
import { relativeTime } from "../output/time.ts";
import type { Cli } from "../terminal.ts";

/** What a token may be called: it stands in the audit log, and in no other text. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/;

export const define: DefineCommand = (command, act) => {
  command
    .command("create")
    .description("Make a token for the API; it is shown this once")
    .argument("<name>", "who it is for: a person, a program")
    .addOption(
      new Option("--role <role>", "viewer looks; operator runs, stops and answers; admin does everything")
        .choices(ROLES)
        .default("viewer"),
    )
    .option("--expires <duration>", "how long it is good for, such as 90d (default: until it is revoked)")
    .option("--json", "print JSON")
    .action(act(create));
  command
    .command("list")
    .description("List the tokens; never the tokens themselves")
    .option("--json", "print JSON")
    .action(act(list));
  command
    .command("revoke")
    .description("Take a token back; a daemon refuses it at once")
    .argument("<name>", "who it is for")
    .action(act(revoke));
};

interface CreateOptions {
  readonly role: Role;
  readonly expires?: string;
  readonly json?: true;
}

async function create(cli: Cli, name: string, { role, expires, json }: CreateOptions): Promise<number> {
  if (!NAME.test(name)) {
    throw usageError(`${name} can't be a token's name`, "letters, digits, `.`, `_`, `@` and `-`; at most 63");
  }
  const lasts_ms = expires === undefined ? undefined : parseDuration(expires);
  if (expires !== undefined && (lasts_ms === undefined || lasts_ms <= 0)) {
    throw usageError(`--expires ${expires} is no duration`, "write it as 12h or 90d");
  }
  const { data } = loadConfig(cli);
  createPrivateFolder(data);
  const known = readTokens(data);
  if (known.some((each) => each.name === name)) {
    throw usageError(`there is a token for ${name} already`, `take it back first: engine token revoke ${name}`);
  }
  const now = cli.now();
  const until = lasts_ms === undefined ? {} : { expires_at: now + lasts_ms };
  const { token, stored } = newToken({ name, role, created_at: now, ...until });
  writeTokens(data, [...known, stored]);
  if (json) {
    printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, token, ...withoutHash(stored) });
    return EXIT.ok;
  }
  cli.out.line(token);
  cli.err.line(`this is shown once; ${name} sends it as \`Authorization: Bearer TOKEN\`, or sets ENGINE_TOKEN`);
  return EXIT.ok;
}

async function list(cli: Cli, { json }: { readonly json?: true }): Promise<number> {
  const tokens = readTokens(loadConfig(cli).data);
  if (json) {
    printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, tokens: tokens.map(withoutHash) });
    return EXIT.ok;
  }
  const now = cli.now();
  const columns = [{ title: "NAME" }, { title: "ROLE" }, { title: "CREATED" }, { title: "EXPIRES" }] as const;
  const rows = tokens.map(({ name, role, created_at, expires_at }): readonly Cell[] => [
    name,
    role,
    relativeTime(created_at, now),
    expires_at === undefined ? "never" : expires_at <= now ? "has run out" : relativeTime(expires_at, now),
  ]);
  if (rows.length === 0) cli.out.line("No tokens.");
  else for (const line of layOutTable(columns, rows, undefined)) cli.out.line(line);
  return EXIT.ok;
}

async function revoke(cli: Cli, name: string): Promise<number> {
  const { data } = loadConfig(cli);
  const known = readTokens(data);
  const left = known.filter((each) => each.name !== name);
  if (left.length === known.length) throw usageError(`there is no token for ${name}`, "list them: engine token list");
  writeTokens(data, left);
  cli.out.line(`the token of ${name} is good for nothing any more`);
  return EXIT.ok;
}

function withoutHash({ hash: _, ...token }: StoredToken): Omit<StoredToken, "hash"> {
  return token;
}
