import type { ProcessSpec } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";
import type { SpawnRefusal } from "./spawn.ts";

/** Asks for a process. Answered once with `started` or `refused`, and after `started` once with `ended`. */
export interface SpawnRequest {
  readonly id: number;
  readonly files: AttemptFiles;
  /** Its environment is what the process gets beside what the helper itself inherited. */
  readonly spec: ProcessSpec;
  readonly bash: string;
}

export type SpawnReply =
  /** From now on it can be asked. */
  | { readonly type: "ready" }
  | { readonly type: "started"; readonly id: number; readonly pid: number; readonly relayed: boolean }
  | { readonly type: "refused"; readonly id: number; readonly refusal: SpawnRefusal }
  | {
      readonly type: "ended";
      readonly id: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };
