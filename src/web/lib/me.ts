import { computed, effect, signal } from "@preact/signals";
import { ask, isSignedOut } from "../api/client.ts";
import type { Routes } from "../generated/api.ts";

type System = Routes["GET /system"]["answer"];

/** What the daemon is and who we are to it; absent until it has answered. */
export const system = signal<System | undefined>(undefined);

/** Whether we may start, stop and answer. What may not be done is not offered; the daemon refuses it anyway. */
export const mayOperate = computed(() => ["operator", "admin"].includes(system.value?.you.role ?? ""));
export const isAdmin = computed(() => system.value?.you.role === "admin");

/** Asks again who we are. */
export async function loadSystem(): Promise<void> {
  system.value = await ask("GET /system").catch(() => undefined);
}

effect(() => {
  if (!isSignedOut.value) void loadSystem();
});
