export { sensor } from "./sensor.ts";
