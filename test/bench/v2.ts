/** V2: statements that it takes to load the page of a request of 200 files, each with two grades. */
import type { Name } from '../support/airlock.ts';
import { figure, type Measure } from './figure.ts';
import { quantile } from './stats.ts';
import { viewerStage } from './viewer-stage.ts';
import { MANY, manyTables } from './viewer-tables.ts';

const ROUNDS = 5;
/** One who asked and one who graded: each sees another page. */
const LOOKERS = ['author', 'checkerA', 'checkerB', 'checkerC'] as const satisfies readonly Name[];

export const v2: Measure = {
  id: 'V2',
  async run() {
    const files = manyTables();
    const stage = await viewerStage({ files });
    try {
      const { world } = stage;
      const id = await world.submitted(Object.keys(files));
      const checkers = await world.checkers(id);
      for (const checker of checkers) {
        await world.readsAll(checker, id);
        for (const path of Object.keys(files))
          await world.does(checker, id, 'grade', { path, grade: 'approve' });
      }
      const grades = (await world.state(id)).grades;
      if (grades.length !== MANY * 2) throw new Error(`${grades.length} grades were given`);
      const counts: { who: Name; count: number; ms: number }[] = [];
      for (const who of LOOKERS.filter((each) => each === 'author' || checkers.includes(each))) {
        const visitor = await stage.as(who);
        const took: number[] = [];
        let count = 0;
        for (let round = 0; round < ROUNDS; round += 1) {
          count = await stage.statements(async () => {
            took.push((await visitor.page(`/requests/${id}`)).last);
          });
        }
        counts.push({ who, count, ms: quantile(took, 0.5) });
      }
      return [
        figure({
          id: 'V2',
          title: 'a request of 200 files × 2 grades, statements',
          value: Math.max(...counts.map(({ count }) => count)),
          unit: '',
          must: { is: '<=', than: 10 },
          stretch: { is: '<=', than: 7 },
          detail: `of the whole page, its session included: ${counts.map(({ who, count, ms }) => `${who} ${count} in ${ms.toFixed(0)} ms`).join(', ')}; the original took 605`,
        }),
      ];
    } finally {
      await stage.stop();
    }
  },
};
