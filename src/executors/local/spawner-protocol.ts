import type { ProcessSpec } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";

/** Asks for a process. Answered once with `started` or `refused`, and after `started` once with `ended`. */
export interface SpawnRequest {
  readonly id: number;
  readonly files: AttemptFiles;
  readonly spec: ProcessSpec;
  readonly bash: string;
}

export type SpawnReply =
  | { readonly id: number; readonly type: "started"; readonly pid: number; readonly relayed: boolean }
  | {
      readonly id: number;
      readonly type: "refused";
      readonly exists: boolean;
      readonly message: string;
      readonly transient: boolean;
    }
  | {
      readonly id: number;
      readonly type: "ended";
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };
