import { bytes, count } from '../../model/format.js';
import { sizeOf } from '../../model/file-set.js';
import { takeOut } from '../../store/import-job.js';
import { FileInput } from './file-input.js';
import { ImportOptions } from './import-options.js';

/** The files of an import that has not begun: what is in it, and what else may be said of it. It stays while plans come and go. */
export function ImportSet({ files }: { files: readonly File[] }) {
  return (
    <section class="panel import-set" aria-label="Files and options of this import">
      {files.length > 1 && (
        <>
          <h3>
            {count(files.length, 'file')} as one import
            <span class="muted"> · {bytes(sizeOf(files))} · one revision, all or nothing</span>
          </h3>
          <ul class="file-list">
            {files.map((file) => (
              <li key={file.name}>
                <span>{file.name}</span>
                <span class="muted number">{bytes(file.size)}</span>
                <button type="button" class="quiet" aria-label={`Take out ${file.name}`} onClick={() => takeOut(file)}>
                  Take out
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="buttons">
        <label class="button file-button">
          Add more files…
          <FileInput class="only-read" />
        </label>
        <span class="muted">or drop them anywhere; what another package needs may come with it</span>
      </p>
      <ImportOptions />
    </section>
  );
}
