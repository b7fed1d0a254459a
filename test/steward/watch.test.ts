/** What steward and airlock tell those who watch them. */
import { afterEach, expect, test } from '@jest/globals';
import { AirlockWatch } from '../../agent/airlock-watch.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { GovernanceLook } from '../../src/lib/role-metrics.ts';
import { GitHubTrouble } from '../../src/steward/steward.ts';
import { StewardWatch } from '../../src/steward-watch.ts';

const silent = createLogger('test', { level: 'silent' });
const SETTING = { listen: { host: '127.0.0.1', port: 0 } };
const clock = fixedClock('2026-08-03T09:00:00Z');
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function codes(url: string | undefined): Promise<string[]> {
  const { reasons } = (await (await fetch(`${url}/readyz`)).json()) as { reasons: { code: string }[] };
  return reasons.map(({ code }) => code);
}

test('a steward counts its calls to GitHub by how they ended, and says when GitHub makes it wait', async () => {
  const watch = new StewardWatch(clock);
  await watch.start(SETTING, () => clock.now() + 5000, silent);
  open.push(watch);
  watch.polled(true);
  await watch.around('a', async () => 1);
  for (const status of [0, 403, 429, 502])
    await watch.around('a', () => Promise.reject(new GitHubTrouble('a', status))).catch(() => undefined);
  watch.worked('task', 'told');

  const text = await (await fetch(`${watch.url}/metrics`)).text();
  expect(
    text
      .split('\n')
      .filter((line) => /^sallyport_steward_(github|work|polls)/.test(line))
      .sort(),
  ).toEqual([
    'sallyport_steward_github_calls_total{result="failed"} 1',
    'sallyport_steward_github_calls_total{result="limited"} 1',
    'sallyport_steward_github_calls_total{result="no-answer"} 1',
    'sallyport_steward_github_calls_total{result="ok"} 1',
    'sallyport_steward_github_calls_total{result="refused"} 1',
    'sallyport_steward_github_rest_seconds 5',
    'sallyport_steward_polls_total{result="answered"} 1',
    'sallyport_steward_polls_total{result="failed"} 0',
    'sallyport_steward_work_total{kind="publication",result="failed"} 0',
    'sallyport_steward_work_total{kind="task",result="failed"} 0',
    'sallyport_steward_work_total{kind="task",result="told"} 1',
  ]);
  expect(await codes(watch.url)).toEqual(['ready.rate-limit']);
});

test('an airlock says each thing that keeps it from working', async () => {
  const governance = new GovernanceLook(clock);
  const disk = { level: 'red' as const, facts: undefined };
  const watch = new AirlockWatch({ data: 'real', clock, disk, governance });
  open.push(watch);
  await watch.start(
    SETTING,
    {
      database: { db: { execute: () => Promise.reject(new Error('away')) } as never },
      scanner: { version: async () => undefined },
      hasGovernance: () => false,
      mustScan: () => true,
      checksWaiting: () => 0,
      reached: () => false,
    },
    silent,
  );
  expect(await codes(watch.url)).toEqual([
    'ready.database',
    'ready.governance',
    'ready.hub',
    'ready.scanner',
    'ready.disk',
  ]);
  const text = await (await fetch(`${watch.url}/metrics`)).text();
  expect(text).toMatch(/^sallyport_airlock_scanner_up 0$/m);
  expect(text).toMatch(/^sallyport_airlock_hub_reached 0$/m);
  expect(text).not.toMatch(/process_|nodejs_|_bytes/);
});
