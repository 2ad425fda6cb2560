import { describe, expect, test } from "vitest";
import type { AttemptOutcome, Failure } from "../../src/core/index.ts";
import type { AttemptWork, Clock, RunService } from "../../src/engine/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import type { Operator } from "../../src/operators/index.ts";
import { failureOf, localWorld } from "../support/local-world.ts";
import { taskWork } from "../support/task-work.ts";
import { compileText } from "../unit/language/sources.ts";

/** What the tasks of this suite do; each harness knows how to write them. */
export type Behaviour =
  /** Hands on `answer`: 42. */
  | "succeeds"
  | "fails"
  /** Lasts until somebody stops it. */
  | "hangs"
  /** Lasts until the harness lets it go on, and then succeeds. */
  | "waits_for_go"
  /** Fails, and its log or its failure would show the value of `secrets.TOKEN`. */
  | "leaks"
  /** Hands the value of `secrets.TOKEN` on as `answer`, declared a string. */
  | "hands_on_secret"
  /** Hands on an `answer` that isn't the integer it declares. */
  | "gives_wrong_output";

/** The value of `secrets.TOKEN` in this suite. */
const TOKEN = "s3cret-of-the-suite";

/** An operator, with what it talks to. Made anew for each test, when the test has begun: `onTestFinished` can be used. */
export interface OperatorHarness {
  /** Where the operator is found; default: among the built-in ones. */
  readonly operators?: ReadonlyMap<string, Operator>;
  /** The data folder of the engine; default: a fresh one. */
  readonly data?: string;
  /** Runs of other pipelines; default: there are none. */
  readonly runs?: RunService;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** A task of each kind, as it stands under `tasks`; one that can't be brought about is left out, with the reason. */
  readonly tasks: Readonly<Record<Behaviour, JsonObject | { readonly never: string }>>;
  /** What a success hands on; default: `answer`: 42. */
  readonly handed_on?: JsonObject;
  /** What the failure of "fails" has in it. */
  readonly failure: Partial<Failure>;
  /** As in engine.yaml. */
  readonly connections?: Readonly<Record<string, JsonObject>>;
  /** Resolves once a task that hangs or waits does what it does. */
  running(work: AttemptWork): Promise<void>;
  /** Lets the one that waits go on. */
  go(): Promise<void> | void;
  /** What becomes of an attempt when the engine is killed in the middle of it. */
  readonly crash: "adopts" | "repeats" | "lost";
  /** How often the one that waits was begun, where that can be counted. */
  starts?(work: AttemptWork): number;
  /** Tasks that must be refused before anything runs, in YAML, each with the text that the finding points at. */
  readonly bad: readonly { readonly task: string; readonly at: string }[];
}

/** Nobody waits for it to be over. */
const LONG_GRACE_MS = 3_600_000;
/** For a process that is told to stop before it can hear. */
const SHORT_GRACE_MS = 500;

/** Holds an operator to what all of them promise, through the real executor and real files. */
export function operatorConformance(name: string, make: () => OperatorHarness | Promise<OperatorHarness>): void {
  describe(`operator: ${name}`, () => {
    test("success hands its outputs on", async () => {
      const { start, ended, success } = await world(make);
      expect(await ended(start("succeeds"))).toEqual(success);
    });

    test("a failure has its reason, and a message", async () => {
      const { harness, start, ended } = await world(make);
      const failure = failureOf(await ended(start("fails")));
      expect(failure).toMatchObject(harness.failure);
      expect(failure.message).not.toBe("");
    });

    test.each(["timeout", "cancelled"] as const)("one that is stopped fails with the reason %s", async (why) => {
      const { harness, here, start, ended } = await world(make);
      const work = start("hangs");
      await harness.running(work);
      here.executor.stop(work, why, LONG_GRACE_MS);
      expect(failureOf(await ended(work)).reason).toBe(why);
    });

    test("one that is stopped at once ends too", async () => {
      const { here, start, ended } = await world(make);
      const work = start("hangs");
      here.executor.stop(work, "cancelled", SHORT_GRACE_MS);
      expect(failureOf(await ended(work)).reason).toBe("cancelled");
    });

    test("after a crash it does what its page says", async () => {
      const { harness, here, start, ended, restart, success } = await world(make);
      const work = start("waits_for_go");
      await harness.running(work);
      await here.executor.detach();
      restart();
      here.executor.adopt(work);
      if (harness.crash === "lost") expect((await ended(work)).state).toBe("lost");
      else {
        // What is begun again is let go by this: nothing of the engine that is gone may be what ends it.
        if (harness.crash === "repeats") await harness.running(work);
        await harness.go();
        expect(await ended(work)).toEqual(success);
      }
      if (harness.starts !== undefined) expect(harness.starts(work)).toBe(harness.crash === "repeats" ? 2 : 1);
    });

    test("one that was found again can be stopped", async () => {
      const { harness, here, start, ended, restart } = await world(make);
      const work = start("hangs");
      await harness.running(work);
      await here.executor.detach();
      restart();
      here.executor.adopt(work);
      here.executor.stop(work, "cancelled", LONG_GRACE_MS);
      const outcome = await ended(work);
      if (harness.crash === "lost") expect(outcome.state).toBe("lost");
      else expect(failureOf(outcome).reason).toBe("cancelled");
    });

    test("the value of a secret shows nowhere", async () => {
      const { here, start, ended } = await world(make);
      const work = start("leaks");
      if (work === undefined) return;
      const failure = failureOf(await ended(work));
      const texts = [JSON.stringify(failure), ...here.log(work)].join("\n");
      expect(texts).not.toContain(TOKEN);
      // It would have shown: there is a mask in its place.
      expect(texts).toContain("***");
    });

    test("an output that holds a secret is refused", async () => {
      const { start, ended } = await world(make);
      const work = start("hands_on_secret");
      if (work === undefined) return;
      const failure = failureOf(await ended(work));
      expect(failure).toMatchObject({ reason: "output_invalid" });
      expect(JSON.stringify(failure)).not.toContain(TOKEN);
    });

    test("an output that isn't what was declared is refused, with its name", async () => {
      const { start, ended } = await world(make);
      const work = start("gives_wrong_output");
      if (work === undefined) return;
      const failure = failureOf(await ended(work));
      expect(failure.reason).toBe("output_invalid");
      expect(failure.message).toContain("answer");
    });

    test("a task that is badly written is refused where the mistake stands", async () => {
      const { bad, operators } = await make();
      expect(bad.length).toBeGreaterThan(0);
      for (const { task, at } of bad) {
        const text = `name: test\ntasks:\n  task:\n${task.trim().replace(/^/gm, "    ")}\n`;
        const { diagnostics } = compileText(text, operators);
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        const places = errors.map(({ range }) => text.slice(range.start.offset, range.end.offset));
        expect({ task, places }).toEqual({ task, places: expect.arrayContaining([at]) });
      }
    });
  });
}

async function world(make: () => OperatorHarness | Promise<OperatorHarness>) {
  const harness = await make();
  const { data, operators, runs, clock } = harness;
  const given = operators === undefined ? {} : { operators };
  const parts = { ...(data !== undefined && { data }), ...(runs && { runs }), ...(clock && { clock }) };
  const first = localWorld({ ...given, ...parts });
  const here = { ...first };
  return {
    harness,
    success: { state: "success", outputs: harness.handed_on ?? { answer: 42 } },
    /** The engine as it is now: another one after `restart`. */
    here,
    /** Undefined for a behaviour that the operator can't have. */
    start<B extends Behaviour>(behaviour: B): Started<B> {
      const task = harness.tasks[behaviour];
      if ("never" in task) return undefined as Started<B>;
      const { connections = {} } = harness;
      const work = taskWork(task, { cwd: first.data, secrets: { TOKEN }, connections, ...given });
      here.executor.start(work);
      return work as Started<B>;
    },
    ended: (work: AttemptWork): Promise<AttemptOutcome> => here.outcome(work),
    restart: () => Object.assign(here, first.successor()),
  };
}

/** What every operator can do; the others may be left out. */
type Needed = "succeeds" | "fails" | "hangs" | "waits_for_go";
type Started<B extends Behaviour> = B extends Needed ? AttemptWork : AttemptWork | undefined;
