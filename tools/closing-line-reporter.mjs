import { relative } from 'node:path';

/** A failure's own words, on one line. */
const wordsOf = ({ message, stack }) =>
  String(message ?? stack ?? 'no words')
    .split('\n')[0]
    .trim();

// A vitest reporter that names what was skipped and what failed, and why, and closes with one line that a machine can read.
export default class ClosingLineReporter {
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const skipped = [];
    const failed = [];
    const fail = (name, reasons) => {
      count.failed += 1;
      failed.push(`failed: ${name}: ${reasons.map(wordsOf).join('; ')}`);
    };
    for (const error of errors) fail(relative(process.cwd(), error.VITEST_TEST_PATH ?? 'no test'), [error]);
    for (const module of modules) {
      if (module.errors().length > 0) fail(module.relativeModuleId, module.errors());
      for (const test of module.children.allTests()) {
        const { state, note, errors: reasons } = test.result();
        if (state === 'pending') continue;
        if (state === 'failed') fail(`${module.relativeModuleId} > ${test.fullName}`, reasons);
        else count[state] += 1;
        if (state === 'skipped') skipped.push(`skipped: ${test.fullName}${note ? ` (${note})` : ''}`);
      }
    }
    const closing = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
    const lines = [...skipped, ...failed, closing];
    process.on('exit', () => process.stdout.write(`${lines.join('\n')}\n`));
  }
}
