import { chownSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RunId, TaskKey } from "../../../src/core/index.ts";
import { askHolder, type ControlRequest, listenForRequests } from "../../../src/daemon/control.ts";
import { EngineError } from "../../../src/engine/index.ts";
import type { JsonValue } from "../../../src/lib/index.ts";
import { until } from "../../support/local-world.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

type Act = Extract<ControlRequest, { readonly type: "act" }>;

const CANCEL: Act = {
  type: "act",
  run_id: "r1" as RunId,
  action: { type: "cancel_requested", by: "ann", why: "enough" },
};

/** A holder of a data folder that does with requests what the test says. */
async function holder(carryOut: (request: Act) => Promise<unknown>, data = temporaryFolder()) {
  const troubles: string[] = [];
  const stop = listenForRequests(
    data,
    async (request) => ((await carryOut(request as Act)) ?? null) as JsonValue,
    (message) => troubles.push(message),
  );
  onTestFinished(stop);
  const path = join(data, "control.sock");
  return { data, path, stop, troubles, listening: () => until("it listens", () => existsSync(path)) };
}

/** What the holder answers to these bytes; nothing when it hangs up. */
async function raw(path: string, bytes: string): Promise<string> {
  const socket = connect(path);
  socket.on("error", () => {});
  socket.write(bytes);
  return text(socket).catch(() => "");
}

describe("the holder of a data folder", () => {
  test("carries out what it is asked, and says when it has", async () => {
    const asked: ControlRequest[] = [];
    const gate = Promise.withResolvers<void>();
    const { data, listening } = await holder((request) => {
      asked.push(request);
      return gate.promise;
    });
    await listening();
    let isDone = false;
    const asking = askHolder(data, CANCEL).then(() => {
      isDone = true;
    });
    await until("it is asked", () => asked.length === 1);
    expect(isDone).toBe(false);
    gate.resolve();
    await asking;
    expect(asked).toEqual([CANCEL]);
  });

  test("hands its answer on", async () => {
    const { data, listening } = await holder(async () => ["20260101-000000-abcdef"]);
    await listening();
    expect(await askHolder(data, CANCEL)).toEqual(["20260101-000000-abcdef"]);
  });

  test("can be reached by its own user alone", async () => {
    const { path, listening } = await holder(async () => {});
    await listening();
    expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  });

  test("answers several at once, each with what is its own", async () => {
    const gates = new Map<string, () => void>();
    const { data, listening } = await holder(({ run_id }) => {
      const gate = Promise.withResolvers<void>();
      const refused = new EngineError("RUN_NOT_FOUND", { run: run_id });
      gates.set(run_id, run_id === "r2" ? () => gate.reject(refused) : gate.resolve);
      return gate.promise;
    });
    await listening();
    const one = askHolder(data, CANCEL);
    const two = askHolder(data, { ...CANCEL, run_id: "r2" as RunId });
    await until("both are asked", () => gates.size === 2);
    gates.get("r2")?.();
    await expect(two).rejects.toMatchObject({ code: "RUN_NOT_FOUND", message: "there is no run r2" });
    gates.get("r1")?.();
    await one;
  });

  test("hands its refusals on, with code, text and hint", async () => {
    const { data, listening } = await holder(async () => {
      throw new EngineError("ANSWER_INVALID", { run: "r1", task: "ask", problems: "`percent` is 200" });
    });
    await listening();
    const answer = { by: "ann", approved: true, values: { percent: 200 } };
    const asking = askHolder(data, { type: "answer", run_id: "r1" as RunId, key: "ask" as TaskKey, answer });
    await expect(asking).rejects.toMatchObject({
      code: "ANSWER_INVALID",
      message: "the answer to task ask of run r1 can't be taken: `percent` is 200",
      hint: "see what it asks for with `engine logs r1 ask`",
    });
  });

  test("says what went wrong in it", async () => {
    const { data, listening } = await holder(async () => {
      throw new Error("the disk is full");
    });
    await listening();
    await expect(askHolder(data, CANCEL)).rejects.toMatchObject({
      code: "HOLDER_UNREACHABLE",
      message: "the process that holds the data folder could not be asked: the disk is full",
    });
  });

  test.each(["no JSON\n", "\n", "{\n"])("refuses %j, and listens on", async (bytes) => {
    const { data, path, listening } = await holder(async () => {});
    await listening();
    expect(JSON.parse(await raw(path, bytes))).toMatchObject({ ok: false, message: expect.stringContaining("JSON") });
    await askHolder(data, CANCEL);
  });

  test("hangs up on a request without end, carries none of it out, and listens on", async () => {
    let count = 0;
    const { data, path, listening } = await holder(async () => {
      count++;
    });
    await listening();
    const padded = `${JSON.stringify({ ...CANCEL, padding: "x".repeat(2 ** 20) })}\n`;
    expect(await raw(path, padded)).toBe("");
    expect(count).toBe(0);
    await askHolder(data, CANCEL);
    expect(count).toBe(1);
  });

  test("bears somebody who leaves before the answer", async () => {
    const gate = Promise.withResolvers<void>();
    let count = 0;
    const { data, path, listening } = await holder(() => {
      count++;
      return count === 1 ? gate.promise : Promise.resolve();
    });
    await listening();
    const socket = connect(path);
    socket.write(`${JSON.stringify(CANCEL)}\n`);
    await until("it is asked", () => count === 1);
    socket.destroy();
    gate.resolve();
    await askHolder(data, CANCEL);
  });

  test("takes the place of one that was killed", async () => {
    const data = temporaryFolder();
    // What a killed process leaves: a name that nobody listens behind.
    writeFileSync(join(data, "control.sock"), "");
    const { troubles } = await holder(async () => {}, data);
    await until("it listens", () => statSync(join(data, "control.sock")).isSocket());
    await askHolder(data, CANCEL);
    expect(troubles).toEqual([]);
  });

  test("leaves nothing behind when it stops", async () => {
    const { data, path, stop, listening } = await holder(async () => {});
    await listening();
    stop();
    expect(existsSync(path)).toBe(false);
    await expect(askHolder(data, CANCEL)).rejects.toMatchObject({ code: "HOLDER_UNREACHABLE" });
  });

  test("listens in the folder for temporary files when its own has too long a name", async () => {
    const data = join(temporaryFolder(), "d".repeat(60), "e".repeat(60));
    mkdirSync(data, { recursive: true });
    const asked: ControlRequest[] = [];
    const stop = listenForRequests(
      data,
      async (request) => asked.push(request),
      () => {},
    );
    onTestFinished(stop);
    await until("it can be asked", () =>
      askHolder(data, CANCEL).then(
        () => true,
        () => false,
      ),
    );
    expect(asked).toEqual([CANCEL]);
    expect(existsSync(join(data, "control.sock"))).toBe(false);
  });

  test("that can't listen says so, and goes on", async () => {
    const data = temporaryFolder();
    // Not to be removed like a socket.
    mkdirSync(join(data, "control.sock"));
    const { troubles } = await holder(async () => {}, data);
    expect(troubles).toEqual(["no other command can act on the runs of this process"]);
  });
});

describe("asking", () => {
  test.runIf(process.getuid?.() === 0)("trusts no socket of a foreign user", async () => {
    let count = 0;
    const { data, path, listening } = await holder(async () => {
      count++;
    });
    await listening();
    chownSync(path, 65_534, 65_534);
    await expect(askHolder(data, CANCEL)).rejects.toMatchObject({
      code: "HOLDER_UNREACHABLE",
      message: expect.stringContaining("belongs to another user"),
    });
    expect(count).toBe(0);
    // Root acts on a user's folder, in which that user listens.
    chownSync(data, 65_534, 65_534);
    await askHolder(data, CANCEL);
  });

  test("says so when nobody listens", async () => {
    await expect(askHolder(temporaryFolder(), CANCEL)).rejects.toMatchObject({ code: "HOLDER_UNREACHABLE" });
  });

  test("says so when the answer breaks off", async () => {
    const data = temporaryFolder();
    const server = createServer((socket) => {
      socket.on("error", () => {}).once("data", () => socket.end('{"ok": tr'));
    }).listen(join(data, "control.sock"));
    onTestFinished(() => void server.close());
    await until("it listens", () => existsSync(join(data, "control.sock")));
    await expect(askHolder(data, CANCEL)).rejects.toMatchObject({
      code: "HOLDER_UNREACHABLE",
      message: expect.stringContaining("cut off"),
    });
  });
});
