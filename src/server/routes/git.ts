import { EngineError } from "../../engine/index.ts";
import type { Route } from "../route.ts";
import { FLAG, record, ref } from "../schemas.ts";

export const gitRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/git",
    role: "viewer",
    tag: "git",
    summary: "How the daemon stands to the repository that it follows",
    answer: ref("Git"),
    async handle(_, { api }) {
      const state = api.git();
      if (state === undefined) throw new EngineError("GIT_NOT_FOLLOWED");
      return state;
    },
  },
  {
    method: "POST",
    path: "/sync",
    role: "operator",
    tag: "git",
    summary: "Ask the repository for a newer commit now, or go back to the commit that was live before",
    body: record({ rollback: { ...FLAG, description: "go back; not until something newer arrives does that end" } }, [
      "rollback",
    ]),
    answer: record({
      result: { enum: ["changed", "unchanged", "refused", "failed", "rolled_back"] },
      git: ref("Git"),
    }),
    handle: ({ body, who }, { api }) => (body.rollback === true ? api.actions.rollback(who) : api.actions.sync(who)),
  },
];
