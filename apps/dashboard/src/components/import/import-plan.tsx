import type { ImportPlan, PackageEntity, PackageReport } from '@muster/contracts';
import { setName, sizeOf } from '../../model/file-set.js';
import { bytes, count, shortDigest } from '../../model/format.js';
import { nodeLook } from '../../model/looks.js';
import { changeText } from '../../model/passage.js';
import { dropJob, importFiles, together } from '../../store/import-job.js';
import { board } from '../../store/live.js';
import { sentence } from '../basics.js';
import { PackageRows, Reasons } from './package-rows.js';
import { SwitchOffers } from './switch-offers.js';

/** What an import would do, and every reason against it, before anything is changed. */
export function ImportPlanView({ files, plan }: { files: readonly File[]; plan: ImportPlan }) {
  const { package: zip, packages, changes, reasons, warnings } = plan;
  const nothing = plan.accepted && changes.length === 0;
  const nodes = board.value?.cluster.expected ?? 0;
  const frozen = board.value?.cluster.frozen;
  return (
    <section class="panel plan" aria-labelledby="plan-title">
      {zip ? <OnePackage files={files} zip={zip} /> : <SetHead files={files} packages={packages} />}
      {nothing && <p class="well">{whyNothing(packages)}: there is nothing to import.</p>}
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
      {!plan.accepted && <SwitchOffers refused={plan} />}
      {warnings.length > 0 && <Reasons title="Worth knowing:" reasons={warnings} kind="warning" />}
      <Entities title="Comes with it" entities={plan.entitiesAdded} sign="+" />
      <Entities title="Goes with it" entities={plan.entitiesRemoved} sign="−" />
      {together.value.isOn && <NotThere />}
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
          onClick={() => void importFiles(files, plan)}
        >
          Import to {count(nodes, 'node')}
          {together.value.isOn && ' together'}
        </button>
        <button type="button" onClick={dropJob}>
          Cancel
        </button>
        <span class="muted">Planned against revision {plan.revision}</span>
      </p>
    </section>
  );
}

/** Who would keep all others from it, told before anybody waits. */
function NotThere() {
  const away = (board.value?.nodes ?? []).filter(
    ({ state, paused }) => state !== 'retired' && (state !== 'live' || paused),
  );
  if (away.length === 0) return null;
  return (
    <div class="warning">
      {away.map((node) => `${node.node} is ${nodeLook(node).word}`).join(', ')}: nothing is activated until all nodes
      are ready.
    </div>
  );
}

function whyNothing(packages: readonly PackageReport[]): string {
  return packages.some(({ outcome }) => outcome === 'skipped')
    ? 'All of it is installed already, in the same version or a newer one'
    : 'Exactly these bytes are current already';
}

function OnePackage({ files, zip }: { files: readonly File[]; zip: NonNullable<ImportPlan['package']> }) {
  return (
    <>
      <h3 id="plan-title">
        {zip.name} {zip.version}
      </h3>
      <p class="muted">
        {setName(files)} · {bytes(zip.sizeBytes)}, {bytes(zip.unpackedBytes)} unpacked · {count(zip.files, 'file')} ·{' '}
        <span title={zip.sha256}>sha256 {shortDigest(zip.sha256)}</span>
        {zip.vendor !== undefined && zip.vendor !== '' && ` · ${zip.vendor}`}
      </p>
      {zip.description !== undefined && zip.description !== '' && <p>{zip.description}</p>}
    </>
  );
}

function SetHead({ files, packages }: { files: readonly File[]; packages: readonly PackageReport[] }) {
  const several = files.length > 1;
  return (
    <>
      <h3 id="plan-title">{several ? `${count(packages.length, 'package')} together` : setName(files)}</h3>
      <p class="muted">
        {several
          ? `${count(files.length, 'file')}, ${bytes(sizeOf(files))}`
          : `A bundle of ${count(packages.length, 'package')}`}
        : one revision, in this order
      </p>
    </>
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
