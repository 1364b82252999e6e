import { describeEventLog, describeOutages, describeReportLog } from '../conformance/index.js';
import { PostgresHarness } from '../spec/postgres-harness.js';

describeEventLog('PostgreSQL', () => PostgresHarness.make());
describeOutages('PostgreSQL', () => PostgresHarness.make());
describeReportLog('PostgreSQL', () => PostgresHarness.make());
