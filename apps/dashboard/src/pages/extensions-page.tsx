import type { ExtensionList } from '@muster/contracts';
import { ProblemNote, Waiting } from '../components/basics.js';
import { bytes } from '../model/format.js';
import { revisionsTold } from '../store/live.js';
import { query, setFilter, to } from '../store/router.js';
import { useRead } from '../store/use-read.js';

export function ExtensionsPage() {
  const { value, problem } = useRead<ExtensionList>('/extensions', revisionsTold.value);
  const part = (query.value.get('extensions') ?? '').toLowerCase();
  const shown = value?.extensions.filter(({ name }) => name.toLowerCase().includes(part)) ?? [];
  return (
    <div class="page">
      <h2 class="page-title">Extensions {value && <span class="muted">{value.extensions.length}</span>}</h2>
      {problem && !value && <ProblemNote problem={problem} title="The extensions cannot be read" />}
      {!value && !problem && <Waiting what="the extensions" />}
      {value && value.extensions.length > 12 && (
        <input
          type="search"
          aria-label="Filter extensions"
          placeholder="Filter extensions"
          value={query.value.get('extensions') ?? ''}
          onInput={(event) => setFilter('extensions', event.currentTarget.value)}
        />
      )}
      {value && (
        <section class="panel scroll-x" tabIndex={0} role="region" aria-label="Extensions">
          {shown.length === 0 && (
            <p class="muted">{value.extensions.length === 0 ? 'Nothing has been imported yet.' : 'Nothing matches.'}</p>
          )}
          {shown.length > 0 && (
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">Extension</th>
                  <th scope="col">Version</th>
                  <th scope="col" class="right">
                    Revision
                  </th>
                  <th scope="col" class="right">
                    Zip
                  </th>
                  <th scope="col">Description</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((extension) => (
                  <tr key={extension.name}>
                    <th scope="row">
                      <a href={to.extension(extension.name)}>{extension.name}</a>
                    </th>
                    <td class="number">{extension.version}</td>
                    <td class="right number">
                      <a href={to.revision(extension.revision)}>{extension.revision}</a>
                    </td>
                    <td class="right number">{bytes(extension.sizeBytes)}</td>
                    <td class="wide muted">{extension.description}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
      )}
    </div>
  );
}
