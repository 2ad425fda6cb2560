import { computed, effect, type Signal, signal } from "@preact/signals";

/** What this browser remembers of how its reader likes the page. */
function remembered<T extends string>(name: string, choices: readonly [T, ...T[]]): Signal<T> {
  const kept = localStorage.getItem(`engine.${name}`);
  const setting = signal(choices.find((choice) => choice === kept) ?? choices[0]);
  effect(() => localStorage.setItem(`engine.${name}`, setting.value));
  return setting;
}

export const THEMES = ["system", "light", "dark"] as const;
export const theme = remembered("theme", THEMES);

export const ZONES = ["local", "utc"] as const;
/** Whose time is shown. */
export const zone = remembered("zone", ZONES);

const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", ({ matches }) => {
  isSystemDark.value = matches;
});

/** Whether the page is drawn dark. */
export const isDark = computed(() => theme.value === "dark" || (theme.value === "system" && isSystemDark.value));

effect(() => {
  document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
});
