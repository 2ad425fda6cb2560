import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { signOut } from "../api/client.ts";
import { connection } from "../api/live.ts";
import { isAdmin, loadSystem, system } from "../lib/me.ts";
import { place } from "../lib/router.ts";
import { THEMES, theme, ZONES, zone } from "../lib/settings.ts";
import { BackfillDialog } from "./backfill-dialog.tsx";
import { BulkDialog } from "./bulk-bar.tsx";
import { openPalette, Palette } from "./palette.tsx";
import { Toasts } from "./toast.tsx";
import { TriggerDialog } from "./trigger-dialog.tsx";

const NAV = [
  { href: "/", label: "Pipelines", kinds: [undefined, "pipelines"] },
  { href: "/runs", label: "Runs", kinds: ["runs"] },
  { href: "/approvals", label: "Approvals", kinds: ["approvals"] },
  { href: "/backfills", label: "Backfills", kinds: ["backfills"] },
  { href: "/system", label: "System", kinds: ["system"] },
] as const;

/** What is around every page: where to go, who looks, and whether the daemon is there. */
export function Shell({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [kind] = place.value;
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/" aria-label="Engine: pipelines">
          <Logo />
          <span>Engine</span>
        </a>
        <nav aria-label="Main">
          {NAV.map(({ href, label, kinds }) => (
            <a key={href} href={href} aria-current={(kinds as readonly unknown[]).includes(kind) ? "page" : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <Controls />
      </header>
      <Connection />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Palette />
      <TriggerDialog />
      <BackfillDialog />
      <BulkDialog />
      <Toasts />
    </>
  );
}

function Controls(): JSX.Element {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  const you = system.value?.you;
  return (
    <div class="controls">
      <button type="button" class="quiet" onClick={openPalette} title="Commands (Ctrl K)">
        Search <kbd>Ctrl K</kbd>
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          zone.value = zone.value === "utc" ? "local" : "utc";
        }}
        title={`Times are ${zone.value === "utc" ? "in UTC" : "in your zone"}`}
      >
        {zone.value === ZONES[1] ? "UTC" : "Local time"}
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          theme.value = next;
        }}
        title={`Colours: ${theme.value}. Next: ${next}`}
      >
        {theme.value === "system" ? "Auto" : theme.value === "light" ? "Light" : "Dark"}
      </button>
      {you !== undefined && you.by !== "local" && (
        <button type="button" class="quiet" onClick={() => void signOut()} title={`${you.by}, ${you.role}`}>
          Log out {you.by}
        </button>
      )}
      {you !== undefined && !isAdmin.value && <span class="role">{you.role}</span>}
    </div>
  );
}

/** Says that the daemon is gone, and goes when it is back. */
function Connection(): JSX.Element | null {
  const isGone = connection.value === "gone";
  useEffect(() => {
    if (!isGone) void loadSystem();
  }, [isGone]);
  return (
    <div role="status" class={isGone ? "banner" : "banner away"}>
      {isGone && (
        <>
          <strong>The daemon is gone.</strong> What you see is as it was. It is looked for, and the page goes on by
          itself when it is back.
        </>
      )}
    </div>
  );
}

function Logo(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" class="logo" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M8 10h7M8 22h7M15 10c5 0 3 6 9 6M15 22c5 0 3-6 9-6" />
    </svg>
  );
}
