/** P4: one scheduling decision among 10,000 pending jobs, and submitting 10,000, against the original's recorded figures. */
import { benchDatabase, decisionMs, submitMs } from './jobs-bench.ts';
import { figure, type Measure } from './figure.ts';
import { quantile } from './stats.ts';

const ORIGINAL_DECISION_MS = 13_800;
const ORIGINAL_SUBMIT_MS = 10_300;
const ROUNDS = 5;

export const p4: Measure = {
  id: 'P4',
  async run() {
    const database = await benchDatabase();
    try {
      const decision = quantile((await decisionMs(database, 10_000, 20)).slice(2), 0.5);
      const submits: number[] = [];
      for (let round = -1; round < ROUNDS; round += 1) {
        const took = await submitMs(database);
        if (round >= 0) submits.push(took);
      }
      const submit = quantile(submits, 0.5);
      const note = `on ${database.kind}; the original's recorded figure is`;
      return [
        figure({
          id: 'P4',
          title: 'decision with 10,000 pending, times faster than the original',
          value: ORIGINAL_DECISION_MS / decision,
          unit: '×',
          must: { is: '>=', than: 200 },
          stretch: { is: '>=', than: 1000 },
          detail: `${decision.toFixed(1)} ms with its durable writes, ${note} ${ORIGINAL_DECISION_MS} ms`,
        }),
        figure({
          id: 'P4b',
          title: 'submitting 10,000 jobs, times faster than the original',
          value: ORIGINAL_SUBMIT_MS / submit,
          unit: '×',
          must: { is: '>=', than: 10 },
          stretch: { is: '>=', than: 30 },
          detail: `${submit.toFixed(0)} ms until durable, ${note} ${ORIGINAL_SUBMIT_MS} ms`,
        }),
      ];
    } finally {
      await database.remove();
    }
  },
};
