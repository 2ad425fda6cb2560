#!/usr/bin/env node
// What the package's `engine` command starts. In syntax that every Node reads, so that an old one gets
// a sentence and not a stack. The build copies it to dist/engine.cjs.
"use strict";

var NEEDED_MAJOR = 24;
var found = process.versions.node;

if (Number(found.split(".")[0]) < NEEDED_MAJOR) {
  process.stderr.write("engine needs Node.js " + NEEDED_MAJOR + " or newer, and this is " + found + ".\n");
  process.exitCode = 1;
} else {
  // Compiled code is kept between runs, which saves a good part of the time to start.
  if (process.argv[2] === "validate") {
    require("./validate.cjs");
  } else {
    require("node:module").enableCompileCache();
    require("./bin.js");
  }
}
