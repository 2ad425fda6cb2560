export { type Catalog, type CatalogOptions, loadCatalog, nameFor, type Source } from "./catalog.ts";
export { type FoundFiles, findFiles, isPipelineFile, isSkipped } from "./find.ts";
export { type Picked, type PickOptions, pickPipeline } from "./pick.ts";
export { findStrays } from "./stray.ts";
