import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import type { Run } from "../generated/api.ts";
import { mayOperate } from "../lib/me.ts";
import { Dialog } from "./dialog.tsx";
import { Problem } from "./problem.tsx";
import { Ago } from "./time.tsx";

/** As the daemon bounds it, in characters. */
const NOTE_MAX = 4_000;
/** Of a note, this much is shown on hover. */
const HOVER_MAX = 300;

/** Says in a list that there is a note, and what it is on hover. */
export function NoteMark({ note: { text, by } }: { readonly note: NonNullable<Run["note"]> }): JSX.Element {
  const shown = text.length > HOVER_MAX ? `${text.slice(0, HOVER_MAX)}…` : text;
  const words = `Note by ${by}: ${shown}`;
  return (
    <svg class="note-mark" viewBox="0 0 16 16" role="img" aria-label={words}>
      <title>{words}</title>
      <path d="M2.5 2.5h11v8h-6l-3 3v-3h-2z M5 5.5h6 M5 7.7h4" />
    </svg>
  );
}

interface NoteProps {
  readonly run: Run;
  readonly onChange: () => void;
}

/** What somebody wrote about a run, and the way to change it; without a note, the way to write one. */
export function Note({ run, onChange }: NoteProps): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  const { note } = run;
  const button = mayOperate.value && (
    <button type="button" class="link" onClick={() => setOpen(true)}>
      {note === undefined ? "Add a note" : "Change the note"}
    </button>
  );
  const dialog = isOpen && <NoteDialog run={run} onChange={onChange} onClose={() => setOpen(false)} />;
  if (note === undefined) {
    return (
      <>
        {button}
        {dialog}
      </>
    );
  }
  return (
    <div class="note">
      <p class="value">{note.text}</p>
      <p class="by">
        {note.by}, <Ago at={note.at} /> {button}
      </p>
      {dialog}
    </div>
  );
}

function NoteDialog({ run, onChange, onClose }: NoteProps & { readonly onClose: () => void }): JSX.Element {
  const [text, setText] = useState(run.note?.text ?? "");
  const [error, setError] = useState<unknown>();
  const id = useId();
  const send = (event: Event): void => {
    event.preventDefault();
    ask("PUT /runs/:run/note", { path: { run: run.run_id }, body: { text } }).then(() => {
      onClose();
      onChange();
    }, setError);
  };
  return (
    <Dialog title={`Note on ${run.run_id}`} onClose={onClose}>
      <form class="form" onSubmit={send}>
        <div class="field">
          <label for={id}>Note</label>
          <textarea
            id={id}
            rows={6}
            maxLength={NOTE_MAX}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
          <span class="hint">Plain text, for everybody who may look. An empty one takes it away.</span>
        </div>
        {error !== undefined && <Problem error={error} />}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class="primary">
            Keep
          </button>
        </div>
      </form>
    </Dialog>
  );
}
