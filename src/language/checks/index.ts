import type { Check } from "./check.ts";
import { duplicateKey } from "./duplicate-key.ts";

/** Every check, by code. A new one is a file of its own and a line here. */
export const CHECKS: readonly Check[] = [duplicateKey];
