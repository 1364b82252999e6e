import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { close } from '../store/dialogs.js';

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly kind?: string;
}

/** A modal of the browser itself: it keeps the focus, and Escape and the ground behind it close it. */
export function Dialog({ title, children, kind = '' }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    // Reading begins at the top, unless there is something to be typed.
    if (document.activeElement?.matches('input') !== true) heading.current?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={kind}
      aria-labelledby="dialog-title"
      onCancel={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="dialog-body">
        <h2 id="dialog-title" ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}

interface AskProps {
  readonly verb: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly busy?: boolean;
  readonly children?: ComponentChildren;
}

/** The last row of a question: the act in its own word, and the way out. */
export function AskRow({ verb, danger = false, disabled = false, busy = false, children }: AskProps) {
  return (
    <p class="buttons">
      <button type="submit" class={danger ? 'danger-fill' : 'primary'} disabled={disabled || busy}>
        {busy ? 'Asked …' : verb}
      </button>
      <button type="button" onClick={close}>
        Cancel
      </button>
      {children}
    </p>
  );
}
