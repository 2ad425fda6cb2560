import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { serverSentEvents } from "../../src/cli/place/sse.ts";
import { builtCli } from "../support/built-cli.ts";
import { selfSigned } from "../support/certificates.ts";
import { aFolder, type EngineProcess, runEngine, startEngine } from "../support/engine-process.ts";
import { atGate, makeGate } from "../support/pipelines.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/*
 * The API of a daemon that is a process of its own, asked by fetch and by the command line from elsewhere.
 */

const bin = builtCli();

const SAY =
  'params: { word: hello }\ntasks:\n  say: { bash: "echo $PARAM_WORD; echo said=$PARAM_WORD >> $ENGINE_OUTPUT", outputs: { said: string } }\n';
const GATED =
  'tasks:\n  wait: { bash: "echo begun; read -r word < gate; echo $word" }\n  ask: { needs: wait, approval: { message: Go on? } }\n';

interface Api {
  readonly cwd: string;
  readonly daemon: EngineProcess;
  readonly url: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  get<T = Record<string, unknown>>(path: string): Promise<T>;
  post<T = Record<string, unknown>>(path: string, body?: object): Promise<T>;
  /** The command line in an empty folder somewhere else. */
  remote(...args: readonly string[]): ReturnType<typeof runEngine>;
}

async function serve(
  files: Readonly<Record<string, string>>,
  token?: string,
  cwd = aFolder({ "engine.yaml": "", ...files }),
): Promise<Api> {
  const daemon = startEngine(["serve"], { cwd, bin, env: files.env === undefined ? {} : JSON.parse(files.env) });
  const url = await urlOf(daemon);
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}/api/v1${path}`, { headers, ...init });
  const elsewhere = temporaryFolder();
  return {
    cwd,
    daemon,
    url,
    fetch: ask,
    get: async (path) => (await (await ask(path)).json()) as never,
    post: async (path, body = {}) =>
      (await (await ask(path, { method: "POST", body: JSON.stringify(body) })).json()) as never,
    remote: (...args) =>
      runEngine(args, {
        cwd: elsewhere,
        bin,
        env: { ENGINE_URL: url, ...(token !== undefined && { ENGINE_TOKEN: token }) },
      }),
  };
}

async function urlOf(daemon: EngineProcess): Promise<string> {
  await daemon.prints(/"url":"[^"]+"/);
  // Listening everywhere, it is found here as well.
  return /"url":"([^"]+)"/.exec(daemon.stdout)?.[1]?.replace("0.0.0.0", "127.0.0.1") ?? "";
}

describe("the API of a daemon", () => {
  test("starts a run, and tells of it as it happens, over a lost connection too", async () => {
    const api = await serve({ "pipelines/say.yaml": SAY });
    const first = await api.fetch("/events");
    const { run_id } = await api.post<{ run_id: string }>("/pipelines/say/trigger", { params: { word: "moin" } });
    const seen: string[] = [];
    let last_id = "";
    const raw = first.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; !text.includes("run_started"); ) {
      text += (await raw?.read())?.value ?? "";
      last_id = /id: (\S+)\nevent: hello/.exec(text)?.[1] ?? last_id;
    }
    await raw?.cancel();
    const again = await fetch(`${api.url}/api/v1/events?run=${run_id}`, { headers: { "last-event-id": last_id } });
    for await (const { data } of serverSentEvents(again)) {
      seen.push((JSON.parse(data) as { event: { type: string } }).event.type);
      if (seen.at(-1) === "run_finished") break;
    }
    expect(seen[0]).toBe("run_created");
    expect(new Set(seen).size).toBe(seen.length);
    const { run, task_runs } = await api.get<{ run: object; task_runs: object[] }>(`/runs/${run_id}`);
    expect(run).toMatchObject({ state: "success", trigger: "api", by: "local", params: { word: "moin" } });
    expect(task_runs).toMatchObject([{ key: "say", state: "success", outputs: { said: "moin" } }]);
    const { lines } = await api.get<{ lines: { text: string }[] }>(`/runs/${run_id}/tasks/say/attempts/1/log`);
    expect(lines.map(({ text }) => text)).toContain("moin");
    const { entries } = await api.get<{ entries: object[] }>("/audit");
    expect(entries).toMatchObject([{ by: "local", action: "pipeline.trigger", target: "say", detail: { run_id } }]);
  });

  test("gives one run for one idempotency key, also after a kill", async () => {
    const api = await serve({ "pipelines/say.yaml": SAY });
    const body = { idempotency_key: "order 17" };
    const [one, two] = await Promise.all([1, 2].map(() => api.post("/pipelines/say/trigger", body)));
    expect(one).toEqual(two);
    api.daemon.kill("SIGKILL");
    await api.daemon.ended;
    const next = await serve({}, undefined, api.cwd);
    expect(await next.post("/pipelines/say/trigger", body)).toEqual(one);
    expect((await next.get<{ runs: unknown[] }>("/runs")).runs).toHaveLength(1);
  });

  test("says what is wrong with a file, and which version is live", async () => {
    const api = await serve({ "pipelines/say.yaml": SAY });
    writeFileSync(join(api.cwd, "pipelines/say.yaml"), "tasks: { say: { bsh: x } }");
    await api.daemon.prints("the last good version of say stays live");
    const { pipelines } = await api.get<{ pipelines: object[] }>("/pipelines");
    expect(pipelines).toMatchObject([{ name: "say", broken: expect.stringContaining("bsh") }]);
    const { findings } = await api.get<{ findings: object[] }>("/findings");
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: "error", file: "pipelines/say.yaml", line: 1 }),
    );
    rmSync(join(api.cwd, "pipelines/say.yaml"));
    await api.daemon.prints("say is retired");
    expect(await api.post("/pipelines/say/trigger")).toMatchObject({ status: 404, code: "PIPELINE_UNKNOWN" });
  });
});

describe("the command line with ENGINE_URL", () => {
  test("shows the pipelines of the daemon, as beside it, and takes dates in their time zones", async () => {
    const api = await serve({
      "pipelines/nightly.yaml": `schedule: { cron: "0 3 * * *", timezone: Europe/Berlin }\n${SAY}`,
      "pipelines/say.yaml": `description: Says it\nowner: ann\ntags: [talk]\n${SAY}`,
      "pipelines/broken.yaml": SAY,
    });
    writeFileSync(join(api.cwd, "pipelines/broken.yaml"), "tasks: {}\nnope: 1\n");
    await api.daemon.prints("pipelines/broken.yaml");
    await api.remote("trigger", "nightly", "--wait");
    for (const asked of [
      ["pipelines", "list", "--json"],
      ["pipelines", "show", "nightly", "--json"],
      ["pipelines", "show", "say"],
      ["next", "nightly", "--json"],
      ["backfill", "nightly", "--from", "2026-03-28", "--to", "2026-03-30", "--dry-run"],
    ]) {
      const beside = await runEngine(asked, { cwd: api.cwd, bin });
      expect((await api.remote(...asked)).stdout, asked.join(" ")).toBe(beside.stdout);
      expect([asked.join(" "), beside.code]).toEqual([asked.join(" "), 0]);
    }
    const { pipelines } = JSON.parse((await api.remote("pipelines", "list", "--json")).stdout);
    expect(pipelines).toMatchObject([
      { name: "broken", errors: 2, still_live: "broken" },
      { name: "nightly", last_run: { state: "success" } },
      { name: "say", owner: "ann", last_run: null },
    ]);
    await api.remote("trigger", "nightly", "--logical-date", "2026-07-01T03:00");
    const { runs } = JSON.parse((await api.remote("runs", "list", "--json")).stdout);
    expect(runs[0].logical_date).toBe("2026-07-01T01:00:00.000Z");
    const unknown = await api.remote("next", "nobody");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("no pipeline nobody")]);
  });

  test("does from elsewhere what it does beside the daemon", async () => {
    const api = await serve({ "pipelines/gated.yaml": GATED, "pipelines/say.yaml": SAY });
    makeGate(join(api.cwd, "pipelines"));
    const { run_id } = JSON.parse((await api.remote("trigger", "gated", "--json")).stdout);
    const following = api.remote("logs", run_id, "wait", "--follow");
    await (await atGate(join(api.cwd, "pipelines"))).open("through");
    expect((await following).stdout).toContain("begun\nthrough\n");
    while (!(await api.remote("runs", "show", run_id)).stdout.includes("waiting"));
    expect((await api.remote("approve", run_id, "ask")).stdout).toContain("is approved");
    const said = await api.remote("trigger", "say", "--wait", "-p", "word=moin");
    expect([said.code, said.stdout]).toEqual([0, expect.stringContaining("success")]);
    expect((await api.remote("outputs", "latest")).stdout).toContain("moin");
    for (const line of [
      ["runs", "list", "--json"],
      ["runs", "show", run_id, "--json"],
      ["logs", run_id, "wait", "--json"],
    ]) {
      const [far, near] = await Promise.all([api.remote(...line), runEngine(line, { cwd: api.cwd, bin })]);
      expect([far.code, far.stdout]).toEqual([0, near.stdout]);
    }
    expect((await api.remote("pause", "say", "--why", "budget")).code).toBe(0);
    expect((await api.remote("runs", "retry", run_id, "--from", "nothing")).stderr).toContain("has no task nothing");
    expect((await api.remote("runs", "cancel", run_id)).stdout).toContain("has ended already");
  });

  test("says when the daemon can't be reached, and what a token lacks", async () => {
    const api = await serve({ "pipelines/say.yaml": SAY });
    api.daemon.kill("SIGTERM");
    await api.daemon.ended;
    const { code, stderr } = await api.remote("runs", "list");
    expect([code, stderr]).toEqual([3, expect.stringContaining(`the daemon at ${api.url} can't be reached`)]);
    const wrong = await runEngine(["runs", "list"], { cwd: api.cwd, bin, env: { ENGINE_URL: "nonsense" } });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("ENGINE_URL is no address")]);
  });
});

describe("beyond this machine", () => {
  test("the daemon listens with tokens alone, which the command line makes and takes back while it runs", async () => {
    const cwd = aFolder({ "engine.yaml": "", "pipelines/say.yaml": SAY });
    const engine = (...args: readonly string[]) => runEngine(args, { cwd, bin });
    const env = { env: JSON.stringify({ ENGINE_SERVER: '{"listen":"0.0.0.0:0"}' }) };
    const token = (await engine("token", "create", "ci", "--role", "operator", "--expires", "1h")).stdout.trim();
    const looker = (await engine("token", "create", "wall")).stdout.trim();
    const api = await serve(env, token, cwd);
    expect((await api.get<{ you: object }>("/system")).you).toEqual({ by: "ci", role: "operator" });
    expect(await api.get("/audit")).toMatchObject({ status: 403, code: "FORBIDDEN" });
    const viewer = { ENGINE_URL: api.url, ENGINE_TOKEN: looker };
    const refused = await runEngine(["trigger", "say"], { cwd, bin, env: viewer });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("needs the role operator")]);
    const stream = (await api.fetch("/events")).body?.getReader();
    const ended = new Promise<void>((resolve) => {
      // What was begun with a token ends with it.
      const read = (): void =>
        void stream?.read().then(
          ({ done }) => (done ? resolve() : read()),
          () => resolve(),
        );
      read();
    });
    expect((await engine("token", "revoke", "ci")).code).toBe(0);
    await ended;
    expect(await api.get("/system")).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    expect((await engine("token", "list")).stdout).toMatch(/^wall +viewer/m);
  });

  test("it is refused to listen without auth", async () => {
    const cwd = aFolder({ "engine.yaml": 'server:\n  listen: "0.0.0.0:0"\n  auth: none\n' });
    const { code, stderr } = await runEngine(["serve"], { cwd, bin, env: { ENGINE_SERVER: "" } });
    expect([code, stderr]).toEqual([2, expect.stringContaining("anybody could run anything")]);
  });

  test("it speaks TLS with the files that it is given", async () => {
    const { cert, key, cert_file } = selfSigned("IP:127.0.0.1");
    const cwd = aFolder({ "engine.yaml": "", "cert.pem": cert, "key.pem": key, "pipelines/say.yaml": SAY });
    const env = { ENGINE_SERVER: '{"listen":"127.0.0.1:0","tls":{"cert":"cert.pem","key":"key.pem"}}' };
    const daemon = startEngine(["serve"], { cwd, bin, env });
    const asked = { ENGINE_URL: await urlOf(daemon), NODE_EXTRA_CA_CERTS: cert_file };
    expect((await runEngine(["trigger", "say", "--wait"], { cwd, bin, env: asked })).code).toBe(0);
  });

  test("a certificate that can't be used is told of, with what to look at", async () => {
    const { key } = selfSigned("IP:127.0.0.1");
    const cwd = aFolder({ "engine.yaml": "", "cert.pem": "junk", "key.pem": key });
    for (const cert of ["cert.pem", "gone.pem"]) {
      const env = { ENGINE_SERVER: JSON.stringify({ listen: "127.0.0.1:0", tls: { cert, key: "key.pem" } }) };
      const { code, stderr } = await runEngine(["serve"], { cwd, bin, env });
      expect([code, stderr]).toEqual([3, expect.stringMatching(/can't use its certificate[\s\S]*`server.tls`/)]);
    }
  });

  test("an address that is taken is told of, and nothing is begun", async () => {
    const api = await serve({ "pipelines/say.yaml": SAY });
    const listen = api.url.replace("http://", "");
    const cwd = aFolder({ "engine.yaml": "", "pipelines/say.yaml": SAY });
    const { code, stderr } = await runEngine(["serve", "--listen", listen], { cwd, bin });
    expect([code, stderr]).toEqual([3, expect.stringContaining("another process listens there")]);
  });
});
