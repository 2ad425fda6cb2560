/*
 * What the second thread of the package's `engine validate` starts with.
 */
import { loadValidate } from "./code-cache.ts";

void loadValidate({ writes: false }).checkBeside();
