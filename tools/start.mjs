// npm start: builds what is not built, then runs the local cluster in this very process, so that every signal reaches it.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { allProjects, buildWhereNeeded } from './build.mjs';
import { root } from './run.mjs';

buildWhereNeeded(allProjects());
await import(pathToFileURL(path.join(root, 'apps/local-cluster/dist/main.js')).href);
