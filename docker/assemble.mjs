// Copies what the services run on, and nothing else, from a built checkout into a directory of its own:
//   node docker/assemble.mjs DIRECTORY
// npm's own `--omit=dev` also installs what our libraries need for their tests, for it sees each of them as a root. So this
// follows `dependencies` from the three services, as Node resolves them, and keeps every path as npm laid it out.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';

const SERVICES = ['import-service', 'sync-agent', 'status-service'];
/** Never loaded by a service: what compilers and debuggers read, and helpers of our tests, wherever they were built. */
const NOT_RUN = [/\.d\.[cm]?ts$/, /\.map$/, /\.tsbuildinfo$/, /^(libs|apps)\/.*\/(spec|conformance)$/];
/** What packages on npm carry at their top beside what they run on. */
const BESIDE = ['test', 'tests', '__tests__', 'specs', 'bench', 'benchmarks', 'docs', 'examples', 'node_modules'];

const root = path.resolve(import.meta.dirname, '..');
const target = path.resolve(process.argv[2] ?? '');
if (process.argv[2] === undefined) throw new Error('say where to: node docker/assemble.mjs DIRECTORY');

const taken = new Set();
for (const service of SERVICES) take(path.join(root, 'apps', service));
process.stdout.write(`${taken.size} packages, ${SERVICES.length} services: ${target}\n`);

/** Copies one package with all that it needs; a package that was taken already is not looked at again. */
function take(directory) {
  if (taken.has(directory)) return;
  taken.add(directory);
  const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  if (directory.includes(`${path.sep}node_modules${path.sep}`)) copyInstalled(directory);
  else copyOwn(directory, manifest);
  for (const name of neededBy(manifest)) {
    const found = resolve(name, directory);
    if (found !== undefined) take(found);
    else if (name in (manifest.dependencies ?? {})) throw new Error(`${manifest.name} needs ${name}: not installed`);
  }
}

function neededBy({ dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers]);
}

/** Where Node finds a package, from the directory of the one that asks. */
function resolve(name, from) {
  for (let directory = from; directory.startsWith(root); directory = path.dirname(directory)) {
    const candidate = path.join(directory, 'node_modules', name);
    if (!existsSync(path.join(candidate, 'package.json'))) continue;
    const real = realpathSync(candidate);
    if (real !== candidate) link(candidate);
    return real;
  }
  return undefined;
}

/** A package of ours: its manifest and what it would publish. */
function copyOwn(directory, { files = [] }) {
  for (const name of ['package.json', ...files]) {
    copy(path.join(directory, name));
  }
}

/** A package from npm, without those nested in it (taken if they are needed) and without other platforms' addons. */
function copyInstalled(directory) {
  const here = `${process.platform}-${process.arch}`;
  const addons = path.join(directory, 'prebuilds');
  const foreign = existsSync(addons) ? readdirSync(addons).filter((platform) => platform !== here) : [];
  const left = [...BESIDE.map((name) => path.join(directory, name)), ...foreign.map((name) => path.join(addons, name))];
  copy(directory, new Set(left));
}

/** A workspace is a link in node_modules: made again as it is; its target is taken by itself. */
function link(source) {
  const destination = path.join(target, path.relative(root, source));
  mkdirSync(path.dirname(destination), { recursive: true });
  if (lstatSync(destination, { throwIfNoEntry: false }) === undefined) symlinkSync(readlinkSync(source), destination);
}

function copy(source, left = new Set()) {
  const destination = path.join(target, path.relative(root, source));
  const filter = (file) => !left.has(file) && !NOT_RUN.some((pattern) => pattern.test(path.relative(root, file)));
  cpSync(source, destination, { recursive: true, filter });
}
