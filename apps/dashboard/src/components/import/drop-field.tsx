import { signal } from '@preact/signals';
import { takeFiles } from '../../store/import-job.js';
import { FileInput } from './file-input.js';

/** A visible place to drop a zip, or to choose one; the whole page takes it too. */
export function DropField() {
  return (
    <label class="drop-field">
      <strong>Drop an extension’s zip here, or several</strong>
      <span class="muted">
        or anywhere on this page. What is dropped together is imported together. First you see what it would do; nothing
        is changed before you say so.
      </span>
      <FileInput />
    </label>
  );
}

const hovering = signal(false);

/** Takes files that are dropped anywhere. */
export function catchDrops(): void {
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const brings = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragover', (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    hovering.value = true;
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      hovering.value = false;
    }, 200);
  });
  addEventListener('drop', (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    hovering.value = false;
    takeFiles([...(event.dataTransfer?.files ?? [])]);
  });
}

export function DropVeil() {
  return hovering.value ? (
    <div class="drop-veil" aria-hidden="true">
      <p>Drop to see what it would do</p>
    </div>
  ) : null;
}
