/** A zip of packages, by the names in it. */
export interface BundleContents {
  /** The packages' zips at its root, in the order of the archive. */
  readonly members: readonly string[];
  /** Files beside them that are no packages: a read-me, a licence, what an archiver of a desktop leaves. */
  readonly others: readonly string[];
}

const MEMBER = /^[^/]+\.zip$/i;
/** What a package has and a bundle has not: such a zip is a package that lost its metadata.xml, or a directory that was zipped. */
const OF_A_PACKAGE = /^(?:entities|lib|ui)\/|(?:^|\/)metadata\.xml$/i;

/** What the files of a zip without metadata.xml make it: a bundle, or undefined. Pure. */
export function bundleOf(files: readonly string[]): BundleContents | undefined {
  const members = files.filter(isMember);
  const others = files.filter((path) => !isMember(path));
  if (members.length === 0 || others.some((path) => OF_A_PACKAGE.test(path))) return undefined;
  return { members, others };
}

export function isMember(path: string): boolean {
  return MEMBER.test(path);
}
