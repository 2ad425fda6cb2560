import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { JsonObject } from "../../src/lib/index.ts";
import { selfSigned } from "../support/certificates.ts";
import { failureOf, localWorld, until } from "../support/local-world.ts";
import { mailServer, refusal } from "../support/mail-server.ts";
import { taskWork } from "../support/task-work.ts";

/** Longer than any of these tests. */
const LONG_GRACE_MS = 3_600_000;

interface Mailing {
  readonly connection?: JsonObject;
  readonly task?: JsonObject;
  readonly message?: { readonly subject: string; readonly text: string; readonly facts: JsonObject };
  readonly files?: Readonly<Record<string, string>>;
}

/** Sends a mail through the executor, as a task. */
function sending(port: number, email: JsonObject, { connection = {}, task = {}, message, files = {} }: Mailing = {}) {
  const world = localWorld();
  const cwd = join(world.data, "cwd");
  mkdirSync(cwd);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  const server = { type: "smtp", host: "127.0.0.1", port, tls: "none", from: "engine@example.com", ...connection };
  const work = taskWork(
    { email: { to: "ann@example.com", ...email }, ...task },
    { cwd, secrets: { PASSWORD: "pa55-of-mail" }, connections: { email: server } },
  );
  const sent = message === undefined ? work : { ...work, message };
  world.executor.start(sent);
  return { world, work: sent, outcome: world.outcome(sent) };
}

/** The headers of a mail, folded lines joined. */
function headersOf(source: string): readonly string[] {
  return (source.split("\r\n\r\n")[0] ?? "").replace(/\r\n[ \t]+/g, " ").split("\r\n");
}

describe("a mail", () => {
  test("reaches all its receivers, and a blind copy shows nowhere", async () => {
    const { port, mails } = await mailServer();
    const { outcome } = sending(
      port,
      {
        to: ["ann@example.com", "Bob B. <bob@example.com>"],
        cc: "cleo@example.com",
        bcc: "dora@example.com",
        from: "Loads <loads@example.com>",
        reply_to: "help@example.com",
        subject: "Revenue: über €",
        text: "It is done.",
      },
      { task: { outputs: { message_id: "string", accepted: "array", rejected: "array" } } },
    );
    const accepted = ["ann@example.com", "bob@example.com", "cleo@example.com", "dora@example.com"];
    const outputs = { message_id: expect.stringMatching(/^<.+@example.com>$/), accepted, rejected: [] };
    expect(await outcome).toEqual({ state: "success", outputs });
    expect(mails).toMatchObject([{ from: "loads@example.com", to: accepted, isPrivate: false, user: undefined }]);
    const headers = headersOf(mails[0]?.source ?? "");
    expect(headers).toContain('To: ann@example.com, "Bob B." <bob@example.com>');
    expect(headers).toContain("Reply-To: help@example.com");
    expect(headers.join("\n")).not.toContain("dora");
    expect(mails[0]?.source).toContain("It is done.");
  });

  test("without a subject and a text says how things stand", async () => {
    const { port, mails } = await mailServer();
    const message = { subject: "orders: the run failed", text: "error: exit_code: 3", facts: {} };
    await sending(port, {}, { message }).outcome;
    expect(headersOf(mails[0]?.source ?? "")).toContain("Subject: orders: the run failed");
    expect(mails[0]?.source).toContain("error: exit_code: 3");
  });

  test("can't be given further headers by its subject", async () => {
    const { port, mails } = await mailServer();
    await sending(port, { text: "x", subject: "Done\r\nBcc: eve@example.com\r\n\r\nevil" }).outcome;
    expect(mails).toMatchObject([{ to: ["ann@example.com"] }]);
    const headers = headersOf(mails[0]?.source ?? "");
    expect(headers.filter((line) => /^bcc/i.test(line))).toEqual([]);
    expect(headers.find((line) => line.startsWith("Subject:"))).toContain("evil");
  });

  test.each(["from", "to", "cc", "bcc", "reply_to"])(
    "can't be given further receivers by a line in its %s",
    async (key) => {
      const { port, mails } = await mailServer();
      const address = "ann@example.com\r\nBcc: eve@example.com";
      const failure = failureOf(await sending(port, { text: "x", [key]: address }).outcome);
      expect(failure).toEqual({
        reason: "operator_failed",
        message: `\`${key}\` has a line break in it`,
        final: true,
      });
      expect(mails).toEqual([]);
    },
  );

  test("carries a long text, lines with a dot alone, HTML and files", async () => {
    const { port, mails } = await mailServer();
    const long = "0123456789 ".repeat(60_000);
    const { outcome } = sending(
      port,
      { text: `first\n.\nlast\n${long}`, html: "<p>hi</p>", attachments: ["report.csv"] },
      { files: { "report.csv": "a,b\n1,2\n" } },
    );
    expect((await outcome).state).toBe("success");
    const { source = "" } = mails[0] ?? {};
    expect(source.replace(/=\r\n/g, "").match(/0123456789[ =]/g)?.length).toBe(60_000);
    expect(source).toMatch(/^last\r$/m);
    expect(source).toContain("<p>hi</p>");
    expect(source).toMatch(/Content-Disposition: attachment; filename=report.csv/);
    expect(source).toContain(Buffer.from("a,b\n1,2\n").toString("base64"));
  });

  test("with a file that isn't there is not sent, and not tried again", async () => {
    const { port, mails } = await mailServer();
    const failure = failureOf(await sending(port, { text: "x", attachments: ["gone.csv"] }).outcome);
    expect(failure).toMatchObject({ reason: "not_found", final: true });
    expect(failure.message).toContain("gone.csv");
    expect(mails).toEqual([]);
  });

  test("that some of its receivers are refused goes to the others, with a warning", async () => {
    const { port, mails } = await mailServer({
      onRcptTo: ({ address }, _, callback) =>
        callback(address.startsWith("bob") ? refusal(550, "no such user") : undefined),
    });
    const { outcome } = sending(port, { to: ["ann@example.com", "bob@example.com"], text: "x" });
    expect(await outcome).toEqual({
      state: "success",
      outputs: {},
      warnings: ["the mail was refused for bob@example.com"],
    });
    expect(mails).toMatchObject([{ to: ["ann@example.com"] }]);
  });
});

describe("a mail server", () => {
  const certificate = () => selfSigned("IP:127.0.0.1,DNS:localhost");

  test.each(["starttls", "implicit"])("is spoken to in private (%s), and logged in at", async (tls) => {
    const { cert, key, cert_file } = certificate();
    const { port, mails } = await mailServer({
      cert,
      key,
      secure: tls === "implicit",
      onAuth: ({ username, password }, _, callback) =>
        password === "pa55-of-mail" ? callback(null, { user: username }) : callback(refusal(535, "no")),
    });
    const password = `\${{ secrets.PASSWORD }}`;
    const connection = { tls, ca: cert_file, user: "engine", password };
    expect(await sending(port, { text: "x" }, { connection }).outcome).toMatchObject({ state: "success" });
    expect(mails).toMatchObject([{ isPrivate: true, user: "engine" }]);
  });

  test("whose certificate nobody knows is not trusted", async () => {
    const { cert, key } = certificate();
    const { port, mails } = await mailServer({ cert, key });
    const failure = failureOf(await sending(port, { text: "x" }, { connection: { tls: "starttls" } }).outcome);
    expect(failure).toMatchObject({ reason: "tls_failed" });
    expect(mails).toEqual([]);
  });

  test("that can't do TLS gets nothing in the clear", async () => {
    const { port, mails } = await mailServer();
    const failure = failureOf(await sending(port, { text: "x" }, { connection: { tls: "starttls" } }).outcome);
    expect(failure).toMatchObject({ reason: "tls_failed" });
    expect(mails).toEqual([]);
  });

  test("that knows other certificates than are there is said to", async () => {
    const { port } = await mailServer();
    const failure = failureOf(await sending(port, { text: "x" }, { connection: { ca: "/nowhere/ca.pem" } }).outcome);
    expect(failure).toEqual({
      reason: "not_found",
      message: "`ca` of the connection names /nowhere/ca.pem, which can't be read: ENOENT",
      final: true,
    });
  });

  test("that accepts no such login refuses for good, and the password shows nowhere", async () => {
    const { port } = await mailServer({
      onAuth: (_, __, callback) => callback(refusal(535, "5.7.8 bad login for pa55-of-mail")),
    });
    const connection = { user: "engine", password: `\${{ secrets.PASSWORD }}` };
    const { outcome, world, work } = sending(port, { text: "x" }, { connection });
    const failure = failureOf(await outcome);
    expect(failure).toMatchObject({ reason: "refused", final: true });
    expect(failure.message).toContain("did not accept the login: 535");
    expect(JSON.stringify([failure, world.log(work)])).not.toContain("pa55-of-mail");
  });

  test.each([
    ["450, which may pass", 450, undefined],
    ["554, which will not", 554, true],
  ])("that refuses the mail with %s", async (_, code, final) => {
    const { port } = await mailServer({
      onData(stream, __, callback) {
        stream.resume().on("end", () => callback(refusal(code, "not today")));
      },
    });
    const failure = failureOf(await sending(port, { text: "x" }).outcome);
    expect(failure).toMatchObject({ reason: "refused", message: expect.stringContaining(`${code} not today`) });
    expect(failure.final).toBe(final);
  });

  test.each([
    ["450, which may pass", 450, undefined],
    ["550, which will not", 550, true],
  ])("that refuses every receiver with %s", async (_, code, final) => {
    const { port } = await mailServer({ onRcptTo: (__, ___, callback) => callback(refusal(code, "not you")) });
    const failure = failureOf(await sending(port, { text: "x" }).outcome);
    expect(failure).toMatchObject({ reason: "refused" });
    expect(failure.final).toBe(final);
  });

  test("that isn't there can't be reached", async () => {
    const { port } = await mailServer();
    const free = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : port));
      });
    });
    const failure = failureOf(await sending(free, { text: "x" }).outcome);
    expect(failure).toMatchObject({ reason: "connection_failed" });
    expect(failure.final).toBeUndefined();
    expect(failure.message).toContain(`127.0.0.1:${free}`);
  });

  test("whose name nobody knows can't be found", async () => {
    const failure = failureOf(await sending(25, { text: "x" }, { connection: { host: "mail.invalid" } }).outcome);
    expect(failure).toMatchObject({ reason: "dns_failed" });
  });

  test.each(["timeout", "cancelled"] as const)("that says nothing is left at a %s", async (why) => {
    const sockets = new Set<Socket>();
    let left = 0;
    const server = createServer((socket) => {
      sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => left++)
        .resume();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { world, work, outcome } = sending(port, { text: "x" });
    await until("somebody is there", () => sockets.size === 1);
    world.executor.stop(work, why, LONG_GRACE_MS);
    expect(failureOf(await outcome).reason).toBe(why);
    await until("nobody is there", () => left === 1);
  });
});

test("mail from nobody is not sent", async () => {
  const { port, mails } = await mailServer();
  const failure = failureOf(await sending(port, { text: "x" }, { connection: { from: undefined as never } }).outcome);
  expect(failure).toMatchObject({ reason: "operator_failed", final: true });
  expect(failure.message).toContain("`from`");
  expect(mails).toEqual([]);
});

test("mail to what is no address is not tried again", async () => {
  const { port, mails } = await mailServer();
  const failure = failureOf(await sending(port, { to: "nobody at all", text: "x" }).outcome);
  expect(failure).toMatchObject({ final: true });
  expect(mails).toEqual([]);
});
