import { z } from 'zod';
import { extensionNameSchema, nodeIdSchema, timeSchema } from './names.js';

/** How many nodes may run deploy hooks at the same time, for the whole cluster. */
const maxDeploying = z.number().int().min(1).max(1_000);

/** `PUT /settings/max-deploying`. */
export const maxDeployingRequestSchema = z.strictObject({ maxDeploying });
export type MaxDeployingRequest = z.infer<typeof maxDeployingRequestSchema>;

/** `GET`, `PUT` and `DELETE /settings/max-deploying`. `set` is absent while it has its default. */
export const maxDeployingSchema = z.object({
  maxDeploying,
  set: z.object({ at: timeSchema, actor: z.string() }).optional(),
});
export type MaxDeploying = z.infer<typeof maxDeployingSchema>;

/** `POST /extensions/{name}/proceed`: the nodes whose failures keep the others from it no longer. */
export const proceedSchema = z.object({ extension: extensionNameSchema, nodes: z.array(nodeIdSchema) });
export type Proceed = z.infer<typeof proceedSchema>;
