import type { Routes } from "../generated/api.ts";

/** A pipeline and how it stands: what every tab of its page has. */
export type PipelineAnswer = Routes["GET /pipelines/:pipeline"]["answer"];
