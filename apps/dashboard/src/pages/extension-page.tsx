import type { ExtensionDetail } from '@muster/contracts';
import { Clock, Fact, ProblemNote, StateWord, Waiting } from '../components/basics.js';
import { HistoryList } from '../components/history-list.js';
import { bytes, count, shortDigest } from '../model/format.js';
import { LEGEND, cellLook, legendKeyOf } from '../model/looks.js';
import { changeText } from '../model/passage.js';
import { show } from '../store/dialogs.js';
import { board, revisionsTold } from '../store/live.js';
import { to } from '../store/router.js';
import { useRead } from '../store/use-read.js';

export function ExtensionPage({ name }: { name: string }) {
  const { value, problem } = useRead<ExtensionDetail>(`/extensions/${encodeURIComponent(name)}`, revisionsTold.value);
  return (
    <div class="page">
      <p class="crumbs">
        <a href={to.extensions()}>Extensions</a>
      </p>
      <h2 class="page-title">
        {name} <span class="muted">{value?.version}</span>
      </h2>
      {problem && !value && <ProblemNote problem={problem} title={`${name} cannot be read`} />}
      {!value && !problem && <Waiting what={name} />}
      {value && <Summary extension={value} />}
      {value && <Versions extension={value} />}
      {value && <Entities extension={value} />}
      <HistoryList extension={name} />
    </div>
  );
}

function Summary({ extension }: { extension: ExtensionDetail }) {
  const { name, metadata } = extension;
  const needs = metadata.dependsOn.map((other) => `${other.name} ${other.version}`).join(', ');
  return (
    <>
      <section class="panel" aria-label="Summary">
        {extension.description !== undefined && extension.description !== '' && <p>{extension.description}</p>}
        <OnNodes name={name} />
        <dl class="facts">
          <Fact name="Vendor">
            {extension.vendor === undefined || extension.vendor === '' ? '–' : extension.vendor}
          </Fact>
          <Fact name="Revision">
            <a href={to.revision(extension.revision)}>{extension.revision}</a>
          </Fact>
          <Fact name="Zip">
            {bytes(extension.sizeBytes)}, {bytes(extension.unpackedBytes)} unpacked
          </Fact>
          <Fact name="Needs">{needs === '' ? 'nothing' : needs}</Fact>
          <Fact name="For ThingWorx">{metadata.minimumThingWorxVersion ?? 'any'}</Fact>
          <Fact name="sha256">
            <code title={extension.sha256}>{shortDigest(extension.sha256)}</code>
          </Fact>
        </dl>
      </section>
      <p class="buttons">
        <a
          class="button"
          href={`/extensions/${encodeURIComponent(name)}/package`}
          download={`${name}_${extension.version}.zip`}
        >
          Export the zip
        </a>
        <button
          type="button"
          onClick={() => show({ kind: 'rollback', extension: name })}
          disabled={!extension.versions.some(canReturn)}
        >
          Roll back…
        </button>
        <button type="button" class="danger" onClick={() => show({ kind: 'remove', extension: name })}>
          Remove…
        </button>
      </p>
    </>
  );
}

/** How it stands on the nodes, counted by state. */
function OnNodes({ name }: { name: string }) {
  const nodes = (board.value?.nodes ?? []).filter(({ state }) => state !== 'retired');
  const looks = nodes.map((node) => ({ node, key: legendKeyOf(cellLook(node, node.cells[name])) }));
  return (
    <ul class="on-nodes">
      {LEGEND.map(({ key, look }) => {
        const there = looks.filter((entry) => entry.key === key);
        const [first] = there;
        if (!first) return null;
        return (
          <li key={key}>
            <StateWord look={look}>
              {look.word} on {there.length === 1 ? first.node.node : count(there.length, 'node')}
            </StateWord>{' '}
            {look.grave > 0 && <a href={to.why(first.node.node, name)}>Why?</a>}
          </li>
        );
      })}
    </ul>
  );
}

function canReturn({ current, stored }: ExtensionDetail['versions'][number]): boolean {
  return !current && stored;
}

function Versions({ extension }: { extension: ExtensionDetail }) {
  return (
    <section class="panel" aria-labelledby="versions-title">
      <h2 id="versions-title">Versions</h2>
      <ul class="versions">
        {extension.versions.map((version) => (
          <li key={version.sha256}>
            <strong class="number">{version.version}</strong>
            <span class="muted">
              {bytes(version.sizeBytes)} · imported <Clock time={version.importedAt} /> ·{' '}
              <code title={version.sha256}>{shortDigest(version.sha256)}</code>
            </span>
            {version.current && <span>current</span>}
            {!version.current && !version.stored && <span class="muted">no longer stored</span>}
            {canReturn(version) && (
              <button
                type="button"
                onClick={() => show({ kind: 'rollback', extension: extension.name, sha256: version.sha256 })}
              >
                Bring back…
              </button>
            )}
          </li>
        ))}
      </ul>
      <h3>Revisions that changed it</h3>
      <ul class="versions">
        {extension.history.map((change) => (
          <li key={change.revision}>
            <a class="number" href={to.revision(change.revision)}>
              {change.revision}
            </a>
            <span>{changeText(change)}</span>
            <span class="muted">
              {change.actor} · <Clock time={change.committedAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entities({ extension: { metadata } }: { extension: ExtensionDetail }) {
  if (metadata.entities.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="entities-title">
      <h2 id="entities-title">
        Entities <span class="muted">{metadata.entities.length}</span>
      </h2>
      <ul class="entities">
        {metadata.entities.map(({ type, name }) => (
          <li key={`${type} ${name}`}>
            {name} <span class="muted">{type}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
