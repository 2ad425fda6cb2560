import { describe, expect, test } from "vitest";
import { parseStatus } from "../../../../src/executors/local/wrapper.ts";

describe("parseStatus", () => {
  test.each([
    ["", { type: "none", text: "" }],
    ["pid 12", { type: "none", text: "pid 12" }],
    ["pid 12\n", { type: "began", pid: 12, text: "" }],
    ["pid 12\nend 0", { type: "began", pid: 12, text: "" }],
    ["pid 12\nend 0\n", { type: "ended", pid: 12, code: 0, said: false }],
    ["pid 12\nend 137\n", { type: "ended", pid: 12, code: 137, said: false }],
    ["pid 12\nKilled\nend 137\n", { type: "ended", pid: 12, code: 137, said: true }],
    ["pid 12\nengine: line 6: 13 Killed  ( exec x )\nend 137\n", { type: "ended", pid: 12, code: 137, said: true }],
    ["pid 12\nwarning: of some shell\nend 3\n", { type: "ended", pid: 12, code: 3, said: true }],
    ["pid 12\nengine: 6: Cannot fork\n", { type: "began", pid: 12, text: "engine: 6: Cannot fork" }],
    ["closed\n", { type: "closed" }],
    ["pid 12\nclosed\n", { type: "closed" }],
  ])("%j", (text, status) => {
    expect(parseStatus(text)).toEqual(status);
  });
});
