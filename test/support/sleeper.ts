import { type AttemptHost, type Operator, operators } from "../../src/operators/index.ts";

/** Between two looks of the operator below. */
const LOOK_MS = 5;

const bash = operators.get("bash") as Operator;

/** An operator that gives its slot back and sleeps until something is there. */
export function sleepsUntil(isThere: () => boolean): Operator {
  const sleep = async (host: AttemptHost) => {
    host.giveSlotBack();
    while (host.stopReason === undefined && !isThere()) await host.sleep(LOOK_MS);
    if (host.stopReason === undefined) return { state: "success", outputs: {} } as const;
    return { state: "failed", failure: { reason: host.stopReason, message: "it was told to stop" } } as const;
  };
  return { ...bash, name: "sleeper", waits: true, start: sleep, adopt: sleep };
}
