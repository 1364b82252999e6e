import { z } from 'zod';
import { EXTENSION_STATES, NODE_STATES, type ExtensionState, type NodeState } from './state-table.js';

export const extensionStateSchema = z.enum(Object.keys(EXTENSION_STATES) as [ExtensionState, ...ExtensionState[]]);
export const nodeStateSchema = z.enum(Object.keys(NODE_STATES) as [NodeState, ...NodeState[]]);
