// `node apps/dashboard/src/spec/run.mjs serve parked 5180` `… run.mjs shots [directory]`, `… run.mjs clicks`: TypeScript run by Vite's own runner.
import { runnerImport } from 'vite';

const [command = 'serve', ...rest] = process.argv.slice(2);
const { module } = await runnerImport(new URL(`./${command}.ts`, import.meta.url).pathname, {
  configFile: false,
  logLevel: 'error',
});
await module.run(rest);
