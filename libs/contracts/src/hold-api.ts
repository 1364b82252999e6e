import { z } from 'zod';
import { nodeIdSchema, timeSchema } from './names.js';

/** Why something is held, as the refusal and the page repeat it. */
export const holdReasonSchema = z.string().trim().min(1).max(500);

/** `PUT /nodes/{id}/pause` and `PUT /freeze`. */
export const holdRequestSchema = z.strictObject({ reason: holdReasonSchema });
export type HoldRequest = z.infer<typeof holdRequestSchema>;

/** Who holds it, since when, and why. */
export const holdSchema = z.object({ since: timeSchema, actor: z.string(), reason: z.string() });
export type Hold = z.infer<typeof holdSchema>;

/** `PUT` and `DELETE /nodes/{id}/pause`: a node in maintenance takes nothing, and says so. */
export const nodePauseSchema = z.object({ node: nodeIdSchema, paused: holdSchema.optional() });
export type NodePause = z.infer<typeof nodePauseSchema>;

/** `GET`, `PUT` and `DELETE /freeze`: while it holds, no import, removal or roll back is taken. */
export const freezeSchema = z.object({ frozen: holdSchema.optional() });
export type Freeze = z.infer<typeof freezeSchema>;

/** `DELETE /nodes/{id}`. */
export const nodeRetiredSchema = z.object({ node: nodeIdSchema, retiredAt: timeSchema });
export type NodeRetired = z.infer<typeof nodeRetiredSchema>;
