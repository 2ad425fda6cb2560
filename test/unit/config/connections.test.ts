import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { absoluteConnection, type LoadedConfig, loadConfig } from "../../../src/config/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

function load(yaml: string, env: Record<string, string> = {}): LoadedConfig {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "engine.yaml"), yaml);
  return loadConfig({ cwd, env, flags: {} });
}

/** The findings in one connection `c`, without their place. */
function faults(connection: string, more = "", env: Record<string, string> = {}): readonly string[] {
  const { config, diagnostics } = load(`${more}connections:\n  c: ${connection}\n`, env);
  expect(config === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
  return diagnostics.map(({ code, message, hint }) => `${code} ${message}${hint === undefined ? "" : ` | ${hint}`}`);
}

/** The stretches of the file that findings are about. */
function marked(yaml: string, env: Record<string, string> = {}): readonly string[] {
  return load(yaml, env).diagnostics.map(
    ({ code, range }) => `${code} ${yaml.slice(range.start.offset, range.end.offset)}`,
  );
}

describe("a connection", () => {
  test.each([
    "{ type: http, base_url: https://api.example.com }",
    "{ type: http, base_url: 'https://a.example.com', headers: { Accept: text/plain }, auth: { bearer: '${{ secrets.T }}' } }",
    "{ type: http, base_url: 'https://a.example.com', auth: { basic: { username: me, password: '${{ secrets.P }}' } } }",
    "{ type: http, base_url: 'https://a.example.com', tls: { ca: ca.pem, cert: c.pem, key: k.pem, verify: false }, proxy: 'http://proxy:3128' }",
    "{ type: postgres, host: db, port: 5433, database: w, user: u, password: '${{ secrets.P }}', ssl: true }",
    "{ type: postgres, host: db, port: '${{ 5000 + 432 }}', ssl: { ca: ca.pem } }",
    "{ type: postgres, url: 'postgres://u:${{ secrets.P }}@db/w' }",
    "{ type: sqlite, file: data/m.db, read_only: true }",
    "{ type: docker_registry, username: u, password: '${{ secrets.P }}' }",
    "{ type: smtp, host: mail, port: 25, tls: none, from: Engine <e@example.com> }",
    "{ type: smtp, host: mail, user: u, password: '${{ secrets.P }}', tls: implicit }",
    "{ type: slack, webhook_url: '${{ secrets.HOOK }}' }",
    "{ type: slack, token: '${{ secrets.BOT }}', channel: '#alerts' }",
  ])("of this form is right: %s", (connection) => {
    expect(faults(connection)).toEqual([]);
  });

  test("is handed on as it is written", () => {
    const { config } = load("connections:\n  db: { type: sqlite, file: m.db }\n");
    expect(config?.connections).toEqual({ db: { type: "sqlite", file: "m.db" } });
  });

  test("may come from the environment, which outweighs the file name by name", () => {
    const env = { ENGINE_CONNECTIONS: "{ db: { type: sqlite, file: other.db }, more: { type: sqlite, file: x } }" };
    const { config } = load(
      "connections:\n  db: { type: sqlite, file: m.db }\n  own: { type: sqlite, file: o }\n",
      env,
    );
    expect(config?.connections).toEqual({
      db: { type: "sqlite", file: "other.db" },
      own: { type: "sqlite", file: "o" },
      more: { type: "sqlite", file: "x" },
    });
  });
});

describe("what is wrong with a connection", () => {
  test.each([
    [
      "{ base_url: x }",
      "ENG202 `c` has no `type` | add `type`: `http`, `postgres`, `sqlite`, `docker_registry`, `smtp` or `slack`",
    ],
    ["{ typ: http }", "ENG201 `c` has no key `typ` | did you mean `type`?"],
    ["{ type: postgresql, host: db }", "ENG204 `type` can't be `postgresql` | did you mean `postgres`?"],
    [
      "{ type: ftp }",
      "ENG204 `type` can't be `ftp` | use `http`, `postgres`, `sqlite`, `docker_registry`, `smtp` or `slack`",
    ],
    ["{ type: [http] }", "ENG203 `type` must be"],
    ["postgres", "ENG203 `c` must be a connection: a mapping with a `type`, but it is the text `postgres`"],
    ["{ type: http }", "ENG202 `c` has no `base_url` | add `base_url`: where its paths begin"],
    ["{ type: postgres, hots: db }", "ENG201 `c` has no key `hots` | did you mean `host`?"],
    ["{ type: postgres }", "ENG202 `c` needs `host` or `url`"],
    ["{ type: postgres, host: db, url: x }", "ENG204 `c` has `host` and `url`, and only one of them can hold"],
    ["{ type: postgres, url: x, port: 1 }", "ENG202 `port` says nothing without `host`"],
    ["{ type: postgres, host: db, port: 0 }", "ENG204 `port` must be between 1 and 65535, but it is `0`"],
    ["{ type: postgres, host: db, port: many }", "ENG204 `port` can't be `many`"],
    ["{ type: postgres, host: db, ssl: always }", "ENG203 `ssl` must be `true`, `false` or a mapping"],
    ["{ type: sqlite }", "ENG202 `c` has no `file`"],
    ["{ type: smtp, host: m, tls: tls }", "ENG204 `tls` can't be `tls`"],
    ["{ type: smtp, host: m, user: me }", "ENG202 `user` says nothing without `password`"],
    ["{ type: slack }", "ENG202 `c` needs `webhook_url` or `token`"],
    ["{ type: slack, channel: x, webhook_url: '${{ secrets.H }}' }", "ENG202 `channel` says nothing without `token`"],
    ["{ type: http, base_url: x, auth: {} }", "ENG202 `auth` needs `basic` or `bearer`"],
    ["{ type: http, base_url: x, tls: { cert: c.pem } }", "ENG202 `cert` says nothing without `key`"],
  ])("%s", (connection, expected) => {
    const found = faults(connection);
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(0, expected.length)).toBe(expected);
  });

  test("is found in a variable too", () => {
    const { config, diagnostics } = load("", { ENGINE_CONNECTIONS: "{ c: { type: sqlite } }" });
    expect(config).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: "ENG202", file: "ENGINE_CONNECTIONS" }]);
  });
});

describe("expressions in a connection", () => {
  test("see vars and secrets, from wherever they come", () => {
    const connection =
      "{ type: http, base_url: '${{ vars.base }}/${{ vars.version }}', headers: { A: '${{ secrets.K }}' } }";
    expect(faults(connection, "vars: { base: 'https://x' }\n", { ENGINE_VARS: "version: 2" })).toEqual([]);
  });

  test.each([
    ["${{ vars.regoin }}", "ENG402 `vars` has no `regoin` | did you mean `region`?"],
    ["${{ vars.nothing }}", "ENG402 `vars` has no `nothing` | there is `region`"],
    [
      "${{ params.day }}",
      "ENG409 `params` is not available here | a connection is the same for every run: it sees `vars` and `secrets` alone",
    ],
    ["${{ run.id }}", "ENG409 `run` is not available here"],
    ["${{ tasks.a.outputs.b }}", "ENG409 `tasks` is not available here"],
    [
      "${{ secrets.API_TOKN }}",
      "ENG702 there is no secret `API_TOKN`, but one with nearly that name | did you mean `API_TOKEN`?",
    ],
    ["${{ vars. }}", "ENG401"],
    ["${{ vars.region", "ENG401"],
  ])("%s is reported", (text, expected) => {
    const found = faults(`{ type: sqlite, file: '${text}' }`, "vars: { region: eu }\n", {
      ENGINE_SECRET_API_TOKEN: "x",
    });
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(0, expected.length)).toBe(expected);
  });

  test("are reported where they stand", () => {
    expect(marked('connections:\n  c: { type: sqlite, file: "a/${{ vars.none }}/b" }\n')).toEqual(["ENG402 none"]);
  });

  test("name secrets that other machines may have", () => {
    expect(faults("{ type: slack, token: '${{ secrets.ELSEWHERE }}' }")).toEqual([]);
  });

  test("are checked in a variable too", () => {
    const { diagnostics } = load("", { ENGINE_CONNECTIONS: "{ c: { type: sqlite, file: '${{ vars.x }}' } }" });
    expect(diagnostics).toMatchObject([{ code: "ENG402", file: "ENGINE_CONNECTIONS" }]);
  });
});

describe("a credential that is written out", () => {
  test.each([
    "{ type: postgres, host: db, user: u, password: postgres }",
    "{ type: docker_registry, username: u, password: x }",
    "{ type: slack, token: abc }",
    "{ type: slack, webhook_url: https://example.com/hook }",
    "{ type: http, base_url: 'https://x', auth: { bearer: abc } }",
    "{ type: http, base_url: 'https://x', headers: { Authorization: Bearer q7Lp2XkV9mRz4TbN8wYc6HdG } }",
    "{ type: postgres, url: 'postgres://u:q7Lp2XkV9mRz@db/w' }",
  ])("is found: %s", (connection) => {
    const found = faults(connection);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^ENG701 a (password|credential) stands here, .*\| revoke it; hand the new one over as a secret: `\$\{\{ secrets\.NAME \}\}`$/,
    );
  });

  test("is told by its looks where it need not be one", () => {
    expect(faults("{ type: http, base_url: 'https://x', headers: { token: none } }")).toEqual([]);
  });

  test("can be accepted, by a comment with a reason or under `validate`", () => {
    const connection = "connections:\n  c: { type: postgres, host: db, user: u, password: postgres }";
    expect(load(`${connection} # engine-ignore ENG701: only here, in a container\n`)).toMatchObject({
      config: { connections: { c: { password: "postgres" } } },
      diagnostics: [],
    });
    const ignore = "validate: { ignore: [{ code: ENG701, path: engine.yaml, reason: only for development }] }\n";
    expect(load(`${connection}\n${ignore}`).diagnostics).toEqual([]);
    expect(load(`${connection}\nvalidate: { rules: { ENG701: warn } }\n`)).toMatchObject({
      config: { connections: {} },
      diagnostics: [{ code: "ENG701", severity: "warning" }],
    });
  });

  test("is accepted by the path from the root, wherever one stands", () => {
    const root = temporaryFolder();
    const cwd = join(root, "a/b");
    mkdirSync(cwd, { recursive: true });
    const ignore = 'validate: { ignore: [{ code: ENG701, path: "{engine,a/b/c}.yaml", reason: x }] }\n';
    writeFileSync(join(root, "engine.yaml"), `connections:\n  c: { type: slack, token: abc }\n${ignore}`);
    expect(loadConfig({ cwd, env: {}, flags: {} }).diagnostics).toEqual([]);
  });

  test("is nothing bad in a variable", () => {
    expect(load("", { ENGINE_CONNECTIONS: "{ c: { type: slack, token: abc } }" }).diagnostics).toEqual([]);
  });
});

test("an address over which anybody listens is warned of", () => {
  expect(faults("{ type: http, base_url: 'http://api.example.com/v1' }")[0]).toMatch(/^ENG705 /);
  expect(faults("{ type: http, base_url: 'http://localhost:8080' }")).toEqual([]);
});

test("paths of a connection begin at the root, and PEM is no path", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect(absoluteConnection({ type: "sqlite", file: "data/m.db" }, "/r")).toEqual({
    type: "sqlite",
    file: "/r/data/m.db",
  });
  expect(absoluteConnection({ type: "sqlite", file: "/var/m.db" }, "/r")).toMatchObject({ file: "/var/m.db" });
  expect(absoluteConnection({ type: "sqlite", file: ":memory:" }, "/r")).toMatchObject({ file: ":memory:" });
  expect(absoluteConnection({ type: "http", base_url: "x", tls: { ca: pem, cert: "c.pem" } }, "/r")).toEqual({
    type: "http",
    base_url: "x",
    tls: { ca: pem, cert: "/r/c.pem" },
  });
  expect(absoluteConnection({ type: "postgres", host: "h", ssl: true }, "/r")).toEqual({
    type: "postgres",
    host: "h",
    ssl: true,
  });
  expect(absoluteConnection({ type: "postgres", host: "h", ssl: { ca: "ca.pem" } }, "/r")).toMatchObject({
    ssl: { ca: "/r/ca.pem" },
  });
});

describe("where secrets come from", () => {
  const secrets = (yaml: string, env: Record<string, string> = {}) => load(`secrets: ${yaml}\n`, env);

  test("is settled with its defaults, and a command in one line is cut at its blanks", () => {
    const { config } = secrets(
      "{ files: secrets, commands: { A: [sops, -d, 'a b'], B: vault kv  get x }, timeout: 1s }",
    );
    expect(config?.secrets).toEqual({
      environment: {},
      files: join(config?.root ?? "", "secrets"),
      commands: { A: ["sops", "-d", "a b"], B: ["vault", "kv", "get", "x"] },
      timeout_ms: 1_000,
      refresh_ms: 300_000,
    });
  });

  test("may be said by a variable", () => {
    const { config } = secrets("{ files: secrets, timeout: 3s }", { ENGINE_SECRETS: "files: /run/secrets" });
    expect(config?.secrets).toMatchObject({ files: "/run/secrets", timeout_ms: 3_000 });
  });

  test.each([
    ["{ commands: { A: 'echo \"x\"' } }", 'ENG204 `A` can\'t be `echo "x"`'],
    ["{ commands: { A: 'cat x | head' } }", "ENG204 `A` can't be `cat x | head`"],
    ["{ commands: { A: [] } }", "ENG205 `A` is an empty list"],
    ["{ commands: { 'a-b': x } }", "ENG204 `a-b` can't be `a-b`"],
    ["{ timeout: 10 }", "ENG507 `timeout` is not a duration: it has no unit"],
    ["{ file: x }", "ENG201 `secrets` has no key `file` | did you mean `files`?"],
  ])("is checked: %s", (yaml, expected) => {
    const { diagnostics } = secrets(yaml);
    expect(diagnostics).toHaveLength(1);
    expect(
      `${diagnostics[0]?.code} ${diagnostics[0]?.message} | ${diagnostics[0]?.hint}`.slice(0, expected.length),
    ).toBe(expected);
  });

  test("gives their names without reading or running anything", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "FROM_FILE"), "x");
    const yaml = `secrets: { files: ${folder}, commands: { BY_COMMAND: [/nowhere] } }
connections:
  c: { type: slack, token: "\${{ secrets.FROM_FIL }}\${{ secrets.BY_COMAND }}" }
`;
    expect(marked(yaml)).toEqual(["ENG702 FROM_FIL", "ENG702 BY_COMAND"]);
  });
});
