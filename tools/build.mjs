// Builds what is not built, or was changed since, before a program of the repository is run from its dist.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

/** When the newest file of a folder was written, in ms; specs do not count. */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.endsWith('.spec.ts')) continue;
    const file = path.join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(file) : statSync(file).mtimeMs);
  }
  return latest;
}

function isBuilt(project) {
  const dist = path.join(root, project, 'dist');
  if (!existsSync(path.join(root, project, 'tsconfig.json'))) return true;
  if (!existsSync(dist)) return false;
  const sources = path.join(root, project, 'src');
  return !existsSync(sources) || newest(sources) <= newest(dist);
}

/** Every library and app: `libs/catalog`, … */
export function allProjects() {
  return ['libs', 'apps'].flatMap((folder) =>
    readdirSync(path.join(root, folder)).map((name) => path.join(folder, name)),
  );
}

/** Ends this process with 1 where the build fails; its output says why. */
export function buildWhereNeeded(projects) {
  if (projects.every(isBuilt)) return;
  console.log('Building …');
  const names = projects.map((project) => `@muster/${path.basename(project)}`).join(',');
  const { code } = run('nx', ['run-many', '-t', 'build', '--output-style=static', '-p', names], { quiet: true });
  if (code !== 0) process.exit(1);
}
