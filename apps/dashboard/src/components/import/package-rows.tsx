import type { ImportPlan, PackageReport } from '@muster/contracts';
import { sentence } from '../basics.js';

/** What would become of each package of an import, and every reason against it. */
export function PackageRows({ packages }: { packages: readonly PackageReport[] }) {
  return (
    <ul class="changes">
      {packages.map((row, index) => (
        <li key={index}>
          <span class={`action action-${row.outcome}`}>{row.outcome}</span> {row.extension ?? row.file}{' '}
          {versionsOf(row)}
          {namesMore(row) && <span class="muted"> {row.file}</span>}
          {row.reasons.length > 0 && <Reasons reasons={row.reasons} kind="against" />}
        </li>
      ))}
    </ul>
  );
}

function versionsOf({ version, previousVersion }: PackageReport): string {
  if (version === undefined) return '';
  return previousVersion === undefined || previousVersion === version ? version : `${previousVersion} → ${version}`;
}

/** Whether the file's name says more than the package's own. */
function namesMore({ file, extension, version }: PackageReport): boolean {
  if (file === undefined || extension === undefined) return false;
  const last = file.split('/').at(-1);
  return (
    last !== `${extension}.zip` && last !== `${extension}_${version}.zip` && last !== `${extension}-${version}.zip`
  );
}

/** What to do, in the words of the page, where the service says it in those of its own interface. */
const REMEDIES: Readonly<Record<string, string>> = {
  'version-lower': 'take the older version, or roll back to one that was installed before',
  'version-exists': 'give the package a new version, or replace what is installed',
};

type Reason = ImportPlan['reasons'][number];

interface ReasonsProps {
  readonly title?: string;
  readonly reasons: readonly Reason[];
  readonly kind: 'against' | 'warning';
}

export function Reasons({ title, reasons, kind }: ReasonsProps) {
  return (
    <div class={kind}>
      {title !== undefined && (
        <p>
          <strong>{title}</strong>
        </p>
      )}
      <ul>
        {reasons.map(({ code, detail, remedy }) => {
          const advice = REMEDIES[code] ?? remedy;
          return (
            <li key={code + detail}>
              {sentence(detail)} <code class="code">{code}</code>
              {advice !== undefined && <span class="muted"> {sentence(advice)}</span>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
