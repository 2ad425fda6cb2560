import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { AttemptOutcome } from "../../../src/core/index.ts";
import type { NotificationReport, NotificationWork } from "../../../src/engine/index.ts";
import { createNotifier } from "../../../src/notify/index.ts";
import { type AttemptHost, operators } from "../../../src/operators/index.ts";
import { bashWork } from "../../support/attempt-work.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const SENT: AttemptOutcome = { state: "success", outputs: {} };
const failed = (message: string, final = false): AttemptOutcome => ({
  state: "failed",
  failure: { reason: "connection_failed", message, ...(final && { final: true }) },
});

/** A notifier whose only channel does what the test says, on a clock that the test moves. */
function aNotifier(send: (host: AttemptHost, tries: number) => AttemptOutcome | Promise<AttemptOutcome>) {
  const clock = new VirtualClock(0);
  const tried_at: number[] = [];
  const reports: NotificationReport[] = [];
  const webhook = operators.get("webhook");
  if (webhook === undefined) throw new Error("there is no webhook");
  const start = async (host: AttemptHost) => {
    tried_at.push(clock.now());
    return send(host, tried_at.length);
  };
  const notifier = createNotifier({ operators: new Map([["webhook", { ...webhook, start }]]), clock });
  notifier.onReport((report) => reports.push(report));
  const advance = async (by_ms: number) => {
    clock.advance(by_ms);
    // Promises alone lie between a wake-up and what follows of it.
    await setImmediate();
  };
  return { clock, notifier, tried_at, reports, advance };
}

function message(more: Partial<NotificationWork["work"]> = {}, notification = 7): NotificationWork {
  const { run_id, ...work } = bashWork("", { operator: "webhook", ...more });
  const request = { type: "notification_requested", on: "on_failure", of: "pipeline", channel: 0 } as const;
  return { run_id, notification, request, work: { run_id, ...work } };
}

const { run_id } = message();

describe("a message", () => {
  test("that is sent is reported once", async () => {
    const { notifier, reports, tried_at, clock, advance } = aNotifier(() => SENT);
    notifier.send(message());
    await advance(0);
    expect(reports).toEqual([{ run_id, notification: 7 }]);
    await advance(3_600_000);
    expect(tried_at).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  test("that can't be sent is tried at once, after 5 s and 30 s later, and then given up", async () => {
    const { notifier, reports, tried_at, clock, advance } = aNotifier((_, tries) => failed(`no route (${tries})`));
    notifier.send(message());
    await advance(0);
    await advance(4_999);
    expect(tried_at).toEqual([0]);
    await advance(1);
    await advance(29_999);
    expect(tried_at).toEqual([0, 5_000]);
    expect(reports).toEqual([]);
    await advance(1);
    expect(tried_at).toEqual([0, 5_000, 35_000]);
    expect(reports).toEqual([{ run_id, notification: 7, problem: "webhook: no route (3)" }]);
    await advance(3_600_000);
    expect(tried_at).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  test("that gets through at a later try has no problem", async () => {
    const { notifier, reports, advance } = aNotifier((_, tries) => (tries === 2 ? SENT : failed("no route")));
    notifier.send(message());
    await advance(0);
    await advance(5_000);
    expect(reports).toEqual([{ run_id, notification: 7 }]);
  });

  test("waits for as long as it is asked to, if that is longer and no more than ten minutes", async () => {
    const asked = [2_000, 86_400_000];
    const { notifier, tried_at, advance } = aNotifier((_, tries) => ({
      state: "failed",
      failure: { reason: "refused", message: "429", retry_after_ms: asked[tries - 1] ?? 0 },
    }));
    notifier.send(message());
    for (const by_ms of [0, 5_000, 600_000 - 1]) await advance(by_ms);
    expect(tried_at).toEqual([0, 5_000]);
    await advance(1);
    expect(tried_at).toEqual([0, 5_000, 605_000]);
  });

  test("that is refused for good is not tried again", async () => {
    const { notifier, reports, tried_at, advance } = aNotifier(() => failed("no such channel", true));
    notifier.send(message());
    await advance(0);
    expect(reports).toMatchObject([{ problem: "webhook: no such channel" }]);
    await advance(100_000);
    expect(tried_at).toHaveLength(1);
  });

  test("is given up after three tries of 30 s each by a server that hangs", async () => {
    const reasons: unknown[] = [];
    const hangs = (host: AttemptHost) =>
      new Promise<AttemptOutcome>((resolve) => {
        host.signal.addEventListener("abort", () => {
          reasons.push(host.stopReason);
          resolve(failed("it said nothing"));
        });
      });
    const { notifier, reports, tried_at, clock, advance } = aNotifier(hangs);
    notifier.send(message());
    await advance(29_999);
    expect(reasons).toEqual([]);
    for (const by_ms of [1, 5_000, 30_000, 30_000, 30_000]) await advance(by_ms);
    expect(reasons).toEqual(["timeout", "timeout", "timeout"]);
    expect(tried_at).toEqual([0, 35_000, 95_000]);
    expect(reports).toMatchObject([{ problem: "webhook: it said nothing" }]);
    expect(clock.pending).toBe(0);
  });

  test("whose sending throws is reported as any failure, and secrets in it are masked", async () => {
    const { notifier, reports, advance } = aNotifier(() => {
      throw new Error("no route to https://hooks.example.com/s3cret");
    });
    notifier.send(message({ secrets: ["s3cret"] }));
    for (const by_ms of [0, 5_000, 30_000]) await advance(by_ms);
    expect(reports).toMatchObject([{ problem: "webhook: no route to https://hooks.example.com/***" }]);
  });

  test("of an operator that isn't there says so", async () => {
    const { notifier, reports, advance } = aNotifier(() => SENT);
    notifier.send(message({ operator: "pager" }));
    await advance(0);
    expect(reports).toMatchObject([{ problem: "there is no operator pager in this engine" }]);
  });

  test("that is on its way is not sent twice, and another one waits for nobody", async () => {
    const { notifier, reports, tried_at, advance } = aNotifier(() => failed("no route"));
    notifier.send(message());
    notifier.send(message());
    await advance(0);
    expect(tried_at).toHaveLength(1);
    notifier.send(message({}, 8));
    await advance(0);
    expect(tried_at).toHaveLength(2);
    for (const by_ms of [5_000, 30_000]) await advance(by_ms);
    expect(reports.map(({ notification }) => notification)).toEqual([7, 8]);
    // The number may come again with another engine's run.
    notifier.send(message());
    await advance(0);
    expect(tried_at).toHaveLength(7);
  });
});

describe("closing", () => {
  test("lets go of what waits for its next try: no report, no try, no timer", async () => {
    const { notifier, reports, tried_at, clock, advance } = aNotifier(() => failed("no route"));
    notifier.send(message());
    await advance(0);
    notifier.close();
    await advance(0);
    expect(clock.pending).toBe(0);
    await advance(100_000);
    expect(tried_at).toHaveLength(1);
    expect(reports).toEqual([]);
  });

  test("ends a try that is under way", async () => {
    let ended = "";
    const { notifier, reports, clock, advance } = aNotifier(
      (host) =>
        new Promise((resolve) => {
          host.signal.addEventListener("abort", () => {
            ended = host.stopReason ?? "";
            resolve(failed("called off"));
          });
        }),
    );
    notifier.send(message());
    notifier.close();
    await advance(0);
    expect(ended).toBe("cancelled");
    expect(clock.pending).toBe(0);
    await advance(100_000);
    expect(reports).toEqual([]);
  });
});
