/** What a file of the set is told apart by, and what is shown of it. */
export interface NamedFile {
  readonly name: string;
  readonly size: number;
}

/** Files that join a set: one of the same name takes the place of the earlier, which is how a mended package comes again. */
export function joined<F extends NamedFile>(files: readonly F[], more: readonly F[]): F[] {
  const names = new Set(more.map(({ name }) => name));
  return [...files.filter(({ name }) => !names.has(name)), ...more];
}

/** What a set of files is called in one line: `a.zip`, `a.zip and 2 more`. */
export function setName([first, ...others]: readonly NamedFile[]): string {
  if (first === undefined) return 'nothing';
  return others.length === 0 ? first.name : `${first.name} and ${others.length} more`;
}

export function sizeOf(files: readonly NamedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
