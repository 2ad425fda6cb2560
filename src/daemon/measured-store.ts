import type { Store } from "../engine/index.ts";
import { stopwatch } from "./system-clock.ts";

/** The same store, and `onOperation` is told of each operation: its name, how long it took, and whether it failed. */
export function measuredStore(
  store: Store,
  onOperation: (operation: string, seconds: number, failed: boolean) => void,
): Store {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function" || name === "close") {
        return typeof method === "function" ? method.bind(target) : method;
      }
      return async (...args: unknown[]): Promise<unknown> => {
        const seconds = stopwatch();
        try {
          const answer: unknown = await method.apply(target, args);
          onOperation(String(name), seconds(), false);
          return answer;
        } catch (error) {
          onOperation(String(name), seconds(), true);
          throw error;
        }
      };
    },
  });
}
