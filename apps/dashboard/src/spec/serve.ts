import { FakeServer } from './fake-server.js';
import { SCENARIOS, type ScenarioName } from './scenarios.js';

const STEP_MS = 700;

/** Serves the built page with a scenario for a person to look at; imports go on by themselves. */
export async function run([scenario = 'converged', port = '5180']: readonly string[]): Promise<void> {
  if (!(scenario in SCENARIOS)) throw new Error(`"${scenario}" is none of ${Object.keys(SCENARIOS).join(', ')}`);
  const server = new FakeServer(scenario as ScenarioName);
  const url = await server.listen(Number(port));
  console.log(`${scenario} at ${url}/ui/`);
  setInterval(() => {
    if (server.cluster.board.cluster.state === 'syncing') server.cluster.advance();
  }, STEP_MS);
}
