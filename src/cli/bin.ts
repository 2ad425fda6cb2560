import { COMMANDS } from "./command-list.ts";
import { main } from "./main.ts";

// The exit code is set, not forced: what is still being written to a pipe gets through.
void main(process.argv.slice(2), COMMANDS).then((code) => {
  process.exitCode = code;
});
