import type { PackageReport, Problem, Reason } from '@muster/contracts';

/** What a person may say to the rules of versions. The names are the page's; `searchOf` has those of the service. */
export const SWITCHES = [
  {
    key: 'allowDowngrade',
    label: 'Take an older version',
    offer: 'Take the older version',
    meaning: 'also where a newer one is installed',
  },
  {
    key: 'skipInstalled',
    label: 'Skip what is installed already',
    offer: 'Skip what is installed already',
    meaning: 'in the same version or a newer one; the rest is taken',
  },
  {
    key: 'force',
    label: 'Replace the same version',
    offer: 'Replace what is installed',
    meaning: 'where its bytes differ from those that are installed',
  },
] as const;
export type SwitchKey = (typeof SWITCHES)[number]['key'];
export type Switches = Readonly<Record<SwitchKey, boolean>>;

export const NO_SWITCHES: Switches = { allowDowngrade: false, skipInstalled: false, force: false };

/** The flags of `POST /imports`; the same for its dry run, so that what was planned is what is done. */
export function searchOf({ allowDowngrade, skipInstalled, force }: Switches): Record<string, string> {
  return {
    ...(allowDowngrade && { allowDowngrade: 'true' }),
    ...(skipInstalled && { partial: 'skip-installed' }),
    ...(force && { force: 'true' }),
  };
}

/** What was refused, package by package where the service tells of them. */
export interface Refused {
  readonly packages: readonly Pick<PackageReport, 'reasons'>[];
  readonly reasons: readonly Pick<Reason, 'code'>[];
}

export function refusedOf({ packages = [], code }: Pick<Problem, 'packages' | 'code'>): Refused {
  return { packages, reasons: [{ code }] };
}

const VERSION_CODES: Readonly<Record<string, SwitchKey>> = {
  'version-lower': 'allowDowngrade',
  'version-exists': 'force',
};
/** Leaving a package out takes it from under these, too. */
const LEFT_OUT_WITH = new Set([...Object.keys(VERSION_CODES), 'major-refused']);

/** The switches that would overcome what refuses at least one of the packages, in the order in which they are shown. */
export function offersFor({ packages, reasons }: Refused, on: Switches): (typeof SWITCHES)[number][] {
  const told = packages.map((one) => one.reasons.map(({ code }) => code)).filter((codes) => codes.length > 0);
  const refused = told.length > 0 ? told : [reasons.map(({ code }) => code)];
  const wanted = new Set<SwitchKey>();
  for (const codes of refused) {
    const switches = codes.map((code) => VERSION_CODES[code]);
    if (switches.every((key) => key !== undefined)) for (const key of switches) wanted.add(key);
    // Of one package alone nothing would be left to import.
    if (packages.length > 1 && switches.some(Boolean) && codes.every((code) => LEFT_OUT_WITH.has(code)))
      wanted.add('skipInstalled');
  }
  return SWITCHES.filter(({ key }) => wanted.has(key) && !on[key]);
}
