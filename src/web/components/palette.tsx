import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { shortcuts, useShortcuts } from "../lib/keys.ts";
import { mayOperate } from "../lib/me.ts";
import { followPipelines, pipelines } from "../lib/pipelines-store.ts";
import { go, path } from "../lib/router.ts";
import { THEMES, theme } from "../lib/settings.ts";
import { Dialog } from "./dialog.tsx";
import { openTrigger } from "./trigger-dialog.tsx";

const opened = signal<"palette" | "help" | undefined>(undefined);

interface Command {
  readonly what: string;
  readonly run: () => void;
}

/** Commands that are listed. */
const LISTED = 12;

const PLACES = [
  { keys: "g p", what: "Pipelines", to: "/" },
  { keys: "g r", what: "Runs", to: "/runs" },
  { keys: "g f", what: "Failed runs", to: "/runs?state=failed" },
  { keys: "g a", what: "Approvals", to: "/approvals" },
  { keys: "g b", what: "Backfills", to: "/backfills" },
  { keys: "g s", what: "System", to: "/system" },
] as const;

export function openPalette(): void {
  opened.value = "palette";
}

function close(): void {
  opened.value = undefined;
}

/** The command palette and the list of keys, and the keys that open them. */
export function Palette(): JSX.Element | null {
  useShortcuts([
    ...PLACES.map(({ keys, what, to }) => ({ keys, what: `Go to ${what.toLowerCase()}`, run: () => go(to) })),
    { keys: "Ctrl K", what: "Commands", run: openPalette },
    {
      keys: "?",
      what: "This list",
      run: () => {
        opened.value = "help";
      },
    },
  ]);
  if (opened.value === "palette") return <Commands />;
  return opened.value === "help" ? <Help /> : null;
}

function Help(): JSX.Element {
  const unique = new Map(shortcuts.value.map((each) => [each.keys, each]));
  return (
    <Dialog title="Keys" onClose={close}>
      <dl class="pairs">
        {[...unique.values()].map(({ keys, what }) => (
          <div key={keys} class="pair">
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function commandsOf(): readonly Command[] {
  const names = pipelines.value?.all.map(({ name }) => name) ?? [];
  return [
    ...PLACES.map(({ what, to }) => ({ what: `Go to ${what}`, run: () => go(to) })),
    ...names.map((name) => ({ what: `Open ${name}`, run: () => go(path("pipelines", name)) })),
    ...(mayOperate.value ? names.map((name) => ({ what: `Run ${name}`, run: () => openTrigger(name) })) : []),
    ...THEMES.map((each) => ({
      what: `Colours: ${each}`,
      run: () => {
        theme.value = each;
      },
    })),
  ];
}

function Commands(): JSX.Element {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  useEffect(followPipelines, []);
  useEffect(() => field.current?.focus(), []);
  const words = text.toLowerCase().split(/\s+/);
  const fitting = commandsOf()
    .filter(({ what }) => words.every((word) => what.toLowerCase().includes(word)))
    .slice(0, LISTED);
  const picked = Math.min(at, fitting.length - 1);
  const run = (command: Command | undefined): void => {
    close();
    command?.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((picked + step + fitting.length) % Math.max(1, fitting.length));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(fitting[picked]);
    }
  };
  return (
    <Dialog title="Commands" onClose={close}>
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={fitting[picked] === undefined ? undefined : `command-${picked}`}
        aria-label="Command or pipeline"
        placeholder="A pipeline, a page, something to do"
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="commands" role="listbox" aria-label="Commands" class="commands">
        {fitting.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which keeps the focus.
          <div
            key={command.what}
            id={`command-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === picked}
            class={index === picked ? "selected" : ""}
            onClick={() => run(command)}
          >
            {command.what}
          </div>
        ))}
      </div>
    </Dialog>
  );
}
