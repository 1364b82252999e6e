// A vitest reporter that names what was skipped, and why, and closes with one line that a machine can read.
export default class ClosingLineReporter {
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    const skipped = [];
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'pending') continue;
        count[state] += 1;
        if (state === 'skipped') skipped.push(`skipped: ${test.fullName}${note ? ` (${note})` : ''}`);
      }
    }
    const lines = [...skipped, `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`];
    process.on('exit', () => process.stdout.write(`${lines.join('\n')}\n`));
  }
}
