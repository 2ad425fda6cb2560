import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/lib/index.ts";
import { SqlFailure, shownPlace } from "../../../src/operators/sql/failure.ts";
import type { Dialect } from "../../../src/operators/sql/settings.ts";
import { rulesTransaction, statementsOf } from "../../../src/operators/sql/statements.ts";

function texts(source: string, dialect: Dialect = "postgres", params?: readonly JsonValue[] | JsonObject): string[] {
  return statementsOf(source, dialect, params).map(({ text }) => text.trim());
}

function refusal(source: string, dialect: Dialect, params?: readonly JsonValue[] | JsonObject): string {
  try {
    statementsOf(source, dialect, params);
  } catch (error) {
    if (error instanceof SqlFailure) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("statements", () => {
  test("end at a semicolon, and not inside of texts, names and comments", () => {
    expect(texts("SELECT ';' ; SELECT \"a;b\" -- no; end\n; /* ; */ SELECT 1;;\n-- only a comment\n")).toEqual([
      "SELECT ';'",
      'SELECT "a;b" -- no; end',
      "/* ; */ SELECT 1",
    ]);
  });

  test("keep quotes that are doubled, escaped or between dollars", () => {
    const source = "SELECT 'it''s; one'; SELECT E'a\\'; b'; SELECT $$a; $b$ ; $$; SELECT $q$ ; $$ ; $q$";
    expect(texts(source)).toEqual(source.split(/; (?=SELECT)/));
    expect(texts("SELECT '\\'; SELECT 2")).toEqual(["SELECT '\\'", "SELECT 2"]);
  });

  test("comments of PostgreSQL nest, those of SQLite do not", () => {
    expect(texts("SELECT 1 /* a /* b */ ; */ ; SELECT 2")).toEqual(["SELECT 1 /* a /* b */ ; */", "SELECT 2"]);
    expect(texts("SELECT 1 /* a /* b */ ; SELECT 2", "sqlite")).toEqual(["SELECT 1 /* a /* b */", "SELECT 2"]);
  });

  test("names of SQLite may stand between brackets and backticks", () => {
    expect(texts("SELECT [a;b], `c;d`; SELECT 2", "sqlite")).toEqual(["SELECT [a;b], `c;d`", "SELECT 2"]);
  });

  test("keep the body of a trigger and of a function in SQL", () => {
    const trigger =
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET n = CASE WHEN 1 THEN 2 END; DELETE FROM c; END";
    expect(texts(`${trigger}; SELECT 1`, "sqlite")).toEqual([trigger, "SELECT 1"]);
    const body = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END";
    expect(texts(`${body}; SELECT 1`)).toEqual([body, "SELECT 1"]);
    expect(texts("CREATE TABLE t (begin int); SELECT 1", "sqlite")).toHaveLength(2);
  });

  test("get the values that they name, each numbered in its statement", () => {
    const [first, second] = statementsOf("INSERT INTO t VALUES (:b, :a, :b); SELECT :a::int", "postgres", {
      a: 1,
      b: "x",
    });
    expect(first).toMatchObject({ text: "INSERT INTO t VALUES ($1, $2, $1)", values: ["x", 1], verb: "INSERT" });
    expect(second).toMatchObject({ text: " SELECT $1::int", values: [1] });
  });

  test("get values by place, also where a statement uses some of them alone", () => {
    const [, second] = statementsOf("SELECT $1; SELECT $2", "postgres", ["a", "b"]);
    expect(second).toMatchObject({ text: " SELECT $1", values: ["b"] });
    const [bare] = statementsOf("SELECT ?, ?", "sqlite", ["a", "b"]);
    expect(bare).toMatchObject({ text: "SELECT ?1, ?2", values: ["a", "b"] });
  });

  test("what only looks like a placeholder is left alone", () => {
    expect(texts("SELECT '$1', ':a', a ? 'b', c::text, \"x:y\" -- :a $2\n")).toEqual([
      "SELECT '$1', ':a', a ? 'b', c::text, \"x:y\" -- :a $2",
    ]);
    expect(texts("SELECT a[1:n], x := 2")).toEqual(["SELECT a[1:n], x := 2"]);
  });

  test.each<[string, Dialect, readonly JsonValue[] | JsonObject | undefined, string]>([
    ["SELECT $1", "postgres", undefined, "`$1` has no value"],
    ["SELECT $2", "postgres", [1], "`$2` has no value"],
    ["SELECT :day", "sqlite", undefined, "`:day` has no value: give `params` `day: …`"],
    ["SELECT :constructor", "postgres", { a: 1 }, "`:constructor` has no value"],
    ["SELECT ?", "sqlite", [], "`?` has no value"],
    ["SELECT 1", "postgres", { day: 1 }, "`params` has `day`, and no statement uses it"],
    ["SELECT @day", "sqlite", { day: 1 }, "write `:day` for `@day`"],
  ])("%s (%s, %j) is refused", (source, dialect, params, message) => {
    expect(refusal(source, dialect, params)).toContain(message);
  });

  test("know which of them rule a transaction", () => {
    const ruling = (source: string) => statementsOf(source, "postgres", undefined).map(rulesTransaction);
    expect(ruling("begin; Commit; ROLLBACK; rollback to savepoint a; ROLLBACK WORK TO a; SAVEPOINT a; END")).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      true,
    ]);
  });

  test("show a place of what is sent where it stands as written", () => {
    const source = "SELECT 1;\nSELECT :long_name,\n\t:long_name + mistake";
    const statement = statementsOf(source, "postgres", { long_name: 1 })[1];
    const place = statement?.offsetOf(statement.text.indexOf("mistake")) ?? 0;
    expect(shownPlace(source, place)).toBe("\n3 |  :long_name + mistake\n                  ^");
  });
});
