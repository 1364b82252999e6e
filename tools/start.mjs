// npm start: builds what is not built, then runs the local cluster in this very process, so that every signal reaches it.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
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
  const dist = path.join(project, 'dist');
  if (!existsSync(path.join(project, 'tsconfig.json'))) return true;
  if (!existsSync(dist)) return false;
  const sources = path.join(project, 'src');
  return !existsSync(sources) || newest(sources) <= newest(dist);
}

const projects = ['libs', 'apps'].flatMap((folder) =>
  readdirSync(path.join(root, folder)).map((name) => path.join(root, folder, name)),
);
if (!projects.every(isBuilt)) {
  console.log('Building …');
  const { code } = run('nx', ['run-many', '-t', 'build', '--output-style=static'], { quiet: true });
  if (code !== 0) process.exit(1);
}
await import(pathToFileURL(path.join(root, 'apps/local-cluster/dist/main.js')).href);
