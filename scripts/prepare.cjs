/*
 * Builds dist/ after an install from a checkout. In syntax that every Node reads: the build itself needs Node 24,
 * which comes with the dependencies.
 */
"use strict";

const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");

/** Without a shell; ends with this process's own end when it fails. */
function run(command, args, env) {
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status === null ? 1 : status);
}

// `npm install --global git+…`, as pre-commit calls it, prepares a checkout without its dependencies: npm hands the
// "global" on to the install inside. So that one is done here, without what npm has handed on.
if (!existsSync(join(root, "node_modules/esbuild"))) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_config_(global|prefix|location|omit|include)$/i.test(name),
  );
  const npm = process.env.npm_execpath;
  const args = ["ci", "--ignore-scripts=false", "--no-audit", "--no-fund", "--loglevel=error"];
  // Its own `prepare` comes here again, and finds the dependencies.
  if (npm === undefined) run("npm", args, Object.fromEntries(own));
  else run(process.execPath, [npm, ...args], Object.fromEntries(own));
} else {
  const node = join(root, "node_modules/node/bin/node");
  run(existsSync(node) ? node : process.execPath, [join(root, "scripts/build.ts")], process.env);
}
