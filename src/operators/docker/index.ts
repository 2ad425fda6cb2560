export { docker } from "./docker.ts";
