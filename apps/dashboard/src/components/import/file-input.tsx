import { takeFiles } from '../../store/import-job.js';

/** Chooses zips, any number at a time; the same file may be chosen again. */
export function FileInput({ class: className }: { class?: string }) {
  return (
    <input
      type="file"
      class={className}
      accept=".zip,application/zip"
      multiple
      onChange={(event) => {
        const input = event.currentTarget;
        takeFiles([...(input.files ?? [])]);
        input.value = '';
      }}
    />
  );
}
