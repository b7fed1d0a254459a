/** Prints every skipped test with its reason after the run, so that "passed" never hides what did not run. */
export default class SkipsReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) =>
      file.testResults
        .filter((test) => test.status === 'pending' || test.status === 'todo')
        .map((test) => `  ${test.fullName}`),
    );
    if (skipped.length === 0) return;
    console.log(`\nSkipped, with the reason in brackets (${skipped.length}):`);
    for (const line of new Set(skipped)) console.log(line);
  }
}
