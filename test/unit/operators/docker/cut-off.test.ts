import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { failureOf, localWorld } from "../../../support/local-world.ts";
import { taskWork } from "../../../support/task-work.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

type Request = "create" | "start" | "remove";
type Cut = "unheard" | "heard" | number;

interface FakeContainer {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>>;
  Status: string;
}

/**
 * A Docker whose containers end as soon as they are started. `cuts`: what becomes of the first requests of a kind: the
 * connection breaks before or after they are carried out, or they are answered with a status.
 */
async function cutting(cuts: Partial<Record<Request, Cut[]>>, status = "exited") {
  const containers = new Map<string, FakeContainer>();
  const server = createServer(async (message, response) => {
    const answer = (code: number, value: object = {}): void =>
      void response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(value));
    const url = new URL(message.url ?? "", "http://docker");
    const path = url.pathname.replace(/^\/v[\d.]+/, "");
    let text = "";
    for await (const chunk of message) text += chunk;
    const carryOut = (kind: Request, act: () => void): void => {
      const cut = cuts[kind]?.shift();
      if (typeof cut === "number") {
        answer(cut, { message: "not now" });
        return;
      }
      if (cut !== "unheard") act();
      if (cut === undefined) answer(kind === "create" ? 201 : 204, { Id: containers.keys().next().value ?? "" });
      else message.socket.destroy();
    };
    const of = containers.get(path.split("/")[2] ?? "");
    if (path === "/containers/create") {
      const Id = `c${containers.size}`;
      carryOut("create", () => containers.set(Id, { Id, Labels: JSON.parse(text).Labels, Status: "created" }));
      return;
    }
    if (path === "/containers/json") {
      const wanted = JSON.parse(url.searchParams.get("filters") ?? "{}").label as string[];
      const has = ({ Labels }: FakeContainer) =>
        wanted.every((each) => Labels[each.split("=")[0] ?? ""] === each.split("=")[1]);
      return answer(
        200,
        [...containers.values()].filter(has).map(({ Status, ...rest }) => ({ ...rest, State: Status })),
      );
    }
    if (of === undefined) return answer(404, { message: "no such container" });
    if (message.method === "DELETE") {
      carryOut("remove", () => containers.delete(of.Id));
      return;
    }
    if (path.endsWith("/start")) {
      carryOut("start", () => {
        of.Status = status;
      });
      return;
    }
    if (path.endsWith("/json")) return answer(200, { State: { Status: of.Status, Running: false, ExitCode: 0 } });
    response.writeHead(200).end();
  });
  const path = join(temporaryFolder(), "docker.sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const world = localWorld();
  const run = (attempt = 1) => {
    const docker = { image: "x", pull: "never", host: `unix://${path}` };
    const work = { ...taskWork({ docker }, { cwd: world.data }), attempt };
    world.executor.start(work);
    return world.outcome(work);
  };
  return { run, containers };
}

test("a container that was made, though Docker went away before it said so, is used", async () => {
  const { run, containers } = await cutting({ create: ["heard"] });
  expect(await run()).toMatchObject({ state: "success" });
  expect([...containers]).toEqual([]);
});

test("one that was not made is a failure", async () => {
  const { run, containers } = await cutting({ create: ["unheard"] });
  expect(failureOf(await run())).toMatchObject({ reason: "connection_failed" });
  expect([...containers]).toEqual([]);
});

test("one that could not be started is removed once Docker answers", async () => {
  const { run, containers } = await cutting({ start: ["unheard"], remove: ["unheard"] });
  expect(failureOf(await run())).toMatchObject({ reason: "connection_failed" });
  expect([...containers]).toEqual([]);
});

test.each<readonly [string, Cut]>([
  ["went away", "unheard"],
  ["can't do it at once", 500],
  ["is about it", 409],
])("one that has ended is removed, though Docker %s", async (_, cut) => {
  const { run, containers } = await cutting({ remove: [cut] });
  expect(await run()).toMatchObject({ state: "success" });
  expect([...containers]).toEqual([]);
});

test("what is left of one whose removal was broken off is removed", async () => {
  const { run, containers } = await cutting({}, "dead");
  expect(await run()).toMatchObject({ state: "lost" });
  expect([...containers]).toEqual([]);
});

test("those of earlier attempts of the task run are removed before another is made", async () => {
  const { run, containers } = await cutting({ remove: [500, 500, 500, 500, 500] });
  await run(1);
  expect(containers.size).toBe(1);
  expect(await run(2)).toMatchObject({ state: "success" });
  expect([...containers]).toEqual([]);
});
