import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A window over the page. Escape and a click beside it close it. */
export function Dialog({ title, onClose, children }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      onMouseDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="inside">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  /** What the button says. */
  readonly does: string;
  readonly isDanger?: boolean;
  readonly onClose: () => void;
  readonly onDo: () => void;
  readonly children: ComponentChildren;
}

/** Asks before something is done. */
export function Confirm({ title, does, isDanger = false, onClose, onDo, children }: ConfirmProps): JSX.Element {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div class="buttons">
        <button type="button" onClick={onClose}>
          Leave it
        </button>
        <button
          type="button"
          class={isDanger ? "danger" : "primary"}
          onClick={() => {
            onDo();
            onClose();
          }}
        >
          {does}
        </button>
      </div>
    </Dialog>
  );
}
