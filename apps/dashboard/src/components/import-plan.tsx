import type { ImportPlan, PackageEntity, PackageReport } from '@muster/contracts';
import { bytes, count, shortDigest } from '../model/format.js';
import { changeText } from '../model/passage.js';
import { dropJob, importFile } from '../store/import-job.js';
import { board } from '../store/live.js';
import { sentence } from './basics.js';

/** What an import would do, and every reason against it, before anything is changed. */
export function ImportPlanView({ file, plan }: { file: File; plan: ImportPlan }) {
  const { package: zip, packages, changes, reasons, warnings } = plan;
  const nothing = plan.accepted && changes.length === 0;
  const nodes = board.value?.cluster.expected ?? 0;
  const frozen = board.value?.cluster.frozen;
  return (
    <section class="panel plan" aria-labelledby="plan-title">
      {zip ? <OnePackage file={file} zip={zip} /> : <BundleHead file={file} packages={packages} />}
      {nothing && <p class="well">Exactly these bytes are current already: there is nothing to import.</p>}
      {zip ? (
        <ul class="changes">
          {changes.map((change) => (
            <li key={change.extension}>
              <span class={`action action-${change.action}`}>{change.action}</span>
              {changeText(change).slice(change.action.length + 1)}
              <span class="muted"> on {count(nodes, 'node')}</span>
            </li>
          ))}
        </ul>
      ) : (
        <PackageRows packages={packages} />
      )}
      {zip && reasons.length > 0 && <Reasons title="Refused, because:" reasons={reasons} kind="against" />}
      {!zip && !plan.accepted && (
        <p class="against">
          {packages.some(({ outcome }) => outcome === 'refused')
            ? 'All or nothing: none of them is imported while one is refused.'
            : reasons.map(({ detail }) => sentence(detail)).join(' ')}
        </p>
      )}
      {warnings.length > 0 && <Reasons title="Worth knowing:" reasons={warnings} kind="warning" />}
      <Entities title="Comes with it" entities={plan.entitiesAdded} sign="+" />
      <Entities title="Goes with it" entities={plan.entitiesRemoved} sign="−" />
      {frozen && (
        <p class="against">
          Imports are frozen by {frozen.actor}: {frozen.reason}
        </p>
      )}
      <p class="buttons">
        <button
          type="button"
          class="primary"
          disabled={!plan.accepted || nothing || frozen !== undefined}
          onClick={() => void importFile(file, plan)}
        >
          Import to {count(nodes, 'node')}
        </button>
        <button type="button" onClick={dropJob}>
          Cancel
        </button>
        <span class="muted">Planned against revision {plan.revision}</span>
      </p>
    </section>
  );
}

function OnePackage({ file, zip }: { file: File; zip: NonNullable<ImportPlan['package']> }) {
  return (
    <>
      <h3 id="plan-title">
        {zip.name} {zip.version}
      </h3>
      <p class="muted">
        {file.name} · {bytes(zip.sizeBytes)}, {bytes(zip.unpackedBytes)} unpacked · {count(zip.files, 'file')} ·{' '}
        <span title={zip.sha256}>sha256 {shortDigest(zip.sha256)}</span>
        {zip.vendor !== undefined && zip.vendor !== '' && ` · ${zip.vendor}`}
      </p>
      {zip.description !== undefined && zip.description !== '' && <p>{zip.description}</p>}
    </>
  );
}

function BundleHead({ file, packages }: { file: File; packages: readonly PackageReport[] }) {
  return (
    <>
      <h3 id="plan-title">{file.name}</h3>
      <p class="muted">A bundle of {count(packages.length, 'package')}: one revision, in this order</p>
    </>
  );
}

/** What would become of each package of a bundle, and every reason against it. */
function PackageRows({ packages }: { packages: readonly PackageReport[] }) {
  return (
    <ul class="changes">
      {packages.map(({ file, extension, version, previousVersion, outcome, reasons }) => (
        <li key={file ?? extension}>
          <span class={`action action-${outcome}`}>{outcome}</span> {extension ?? file}{' '}
          {previousVersion !== undefined && previousVersion !== version && `${previousVersion} → `}
          {version}
          {reasons.length > 0 && <Reasons title="Refused, because:" reasons={reasons} kind="against" />}
        </li>
      ))}
    </ul>
  );
}

type Reason = ImportPlan['reasons'][number];

function Reasons({ title, reasons, kind }: { title: string; reasons: readonly Reason[]; kind: 'against' | 'warning' }) {
  return (
    <div class={kind}>
      <p>
        <strong>{title}</strong>
      </p>
      <ul>
        {reasons.map(({ code, detail, remedy }) => (
          <li key={code + detail}>
            {sentence(detail)} <code class="code">{code}</code>
            {remedy !== undefined && <span class="muted"> {sentence(remedy)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Entities({ title, entities, sign }: { title: string; entities: readonly PackageEntity[]; sign: string }) {
  if (entities.length === 0) return null;
  return (
    <details open={entities.length <= 8}>
      <summary>
        {title}: {count(entities.length, 'entity', 'entities')}
      </summary>
      <ul class="entities">
        {entities.map(({ type, name }) => (
          <li key={`${type} ${name}`}>
            <span aria-hidden="true">{sign}</span> {name} <span class="muted">{type}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
