import { MusterError } from '@muster/contracts';
import { runService } from '@muster/service-kit';
import { agentConfigSchema } from './agent-config.js';
import { AgentModule } from './agent.module.js';
import { createAgent } from './create-agent.js';
import type { Agent } from './create-agent.js';

// Operators find the process by service and node.
process.title = `sync-agent ${process.env['MUSTER_NODE'] ?? ''}`;

let agent: Agent | undefined;

await runService({
  name: 'sync-agent',
  schema: agentConfigSchema,
  description: 'One per node: follows the catalog, makes the storage match, and proves it.',
  module: async (config, kit) => {
    agent = await createAgent(config, kit).catch(end);
    return AgentModule.with(agent);
  },
  started: ({ url }) => agent?.start(url, end),
});

/** What an agent cannot live with is one line with its code. The kernel gives back the locks. */
function end(error: unknown): never {
  const known = error instanceof MusterError;
  const text = known
    ? `${error.code}: ${error.message}${error.remedy === undefined ? '' : `; ${error.remedy}`}`
    : error instanceof Error
      ? error.stack
      : String(error);
  process.stderr.write(`sync-agent: ${text}\n`);
  process.exit(1);
}
