import { describe, expect, test } from "vitest";
import { ROUTES } from "../../../src/server/routes.ts";
import { serveFake } from "../../support/served.ts";

/*
 * Who may what. The table in the sources is the one that counts; this one says it again, so that nobody opens a route
 * by accident.
 */

const CHANGES_BY_OPERATORS = [
  "POST /pipelines/:pipeline/trigger",
  "POST /pipelines/:pipeline/pause",
  "POST /pipelines/:pipeline/resume",
  "POST /pipelines/:pipeline/backfills",
  "POST /pipelines/:pipeline/backfills/preview",
  "POST /backfills/:backfill/cancel",
  "POST /sync",
  "POST /runs/:run/cancel",
  "POST /runs/:run/retry",
  "PUT /runs/:run/note",
  "POST /runs/:run/tasks/:task/mark",
  "POST /runs/:run/tasks/:task/answer",
];
const FOR_ADMINS = ["GET /audit", "GET /settings"];

const nameOf = ({ method, path }: (typeof ROUTES)[number]): string => `${method} ${path}`;
const urlOf = (path: string): string => `/api/v1${path.replace(/:\w+/g, "1")}`;

test("what changes something takes an operator, the audit log and the settings an admin, the rest a viewer", () => {
  const of = (role: string): string[] => ROUTES.filter((route) => route.role === role).map(nameOf);
  expect(of("operator").sort()).toEqual([...CHANGES_BY_OPERATORS].sort());
  expect(of("admin")).toEqual(FOR_ADMINS);
  expect(ROUTES.filter(({ role, method }) => role === "viewer" && method !== "GET")).toEqual([]);
});

test("every address that the server answers at is in the table, or is for probes", async () => {
  const { app } = await serveFake();
  const known = new Set(ROUTES.map(({ path }) => `/api/v1${path}`));
  const paths = Object.keys((app.swagger() as { paths: object }).paths).map((path) =>
    path.replace(/\{(\w+)\}/g, ":$1"),
  );
  expect(paths.filter((path) => !known.has(path))).toEqual([]);
  expect(paths.length).toBe(known.size);
});

describe.each(ROUTES.map((route) => [nameOf(route), route] as const))("%s", (_, { method, path, role }) => {
  const ask = async (token: (served: Awaited<ReturnType<typeof serveFake>>) => string | undefined): Promise<number> => {
    const served = await serveFake({ auth: "token" });
    const given = token(served);
    const answer = served.app.inject({
      method,
      url: urlOf(path),
      headers: given === undefined ? {} : { authorization: `Bearer ${given}` },
      ...(method === "GET" ? {} : { payload: {} }),
    });
    if (!path.endsWith("/events") || given === undefined) return (await answer).statusCode;
    // A stream has no end but the server's.
    setImmediate(() => served.feed.close());
    return (await answer).statusCode;
  };

  test("needs a token", async () => {
    expect(await ask(() => undefined)).toBe(401);
    expect(await ask(() => "engine_wrong")).toBe(401);
  });

  test("is open to its role and those above, and to no other", async () => {
    const roles = ["viewer", "operator", "admin"] as const;
    for (const each of roles) {
      const isRefused = (await ask((served) => served.token(each))) === 403;
      expect([each, isRefused]).toEqual([each, roles.indexOf(each) < roles.indexOf(role)]);
    }
  });
});
