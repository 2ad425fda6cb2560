/*
 * The same tests as for the launcher, with processes that the engine starts itself, as it does on systems
 * other than Linux: bash gives this name a meaning, and no launcher is used where it is inherited.
 */
process.env.COMP_POINT = "0";
await import("./scripts.test.ts");
await import("./spawn.test.ts");
await import("./adopt.test.ts");
