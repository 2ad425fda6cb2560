/*
 * The second thread of `engine validate`: checks files of a share beside the first, and answers once.
 */
import { parentPort, workerData } from "node:worker_threads";
import { checkShare } from "../../catalog/index.ts";
import { checkingOptions } from "../load.ts";
import type { ThreadData } from "./checking.ts";

const { share, config, cwd, env, now_ms } = workerData as ThreadData;
const options = checkingOptions({ cwd, env, now: () => now_ms }, config);
parentPort?.postMessage(checkShare(share, options));
