/*
 * What the package's `engine validate` starts with.
 */
import { loadValidate } from "./code-cache.ts";

void loadValidate({ writes: true }).validate();
