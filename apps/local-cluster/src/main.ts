#!/usr/bin/env node
import { runCluster } from './run-cluster.js';

await runCluster(process.argv.slice(2), { environment: process.env });
