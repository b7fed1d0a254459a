import { expect, test } from '@jest/globals';
import { bounded, createMetrics } from '../../src/lib/metrics.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line && !line.startsWith('#'));

test('a metric is named after the role and counts by the values of its labels', async () => {
  const metrics = createMetrics('proxy');
  const requests = metrics.counter('requests_total', 'Requests', {
    rule: ['refs', 'fetch'],
    result: ['ok', 'refused'],
  });
  requests.add({ rule: 'refs', result: 'ok' });
  requests.add({ rule: 'refs', result: 'ok' }, 2);

  const { type, text } = await metrics.read();

  expect(type).toMatch(/^text\/plain/);
  expect(text).toMatchInlineSnapshot(`
    "# HELP sallyport_proxy_requests_total Requests
    # TYPE sallyport_proxy_requests_total counter
    sallyport_proxy_requests_total{rule="refs",result="ok"} 3
    "
  `);
});

test('a value that the list does not hold is counted as other, whatever it says', async () => {
  const metrics = createMetrics('agent');
  const done = metrics.counter('jobs_total', 'Jobs', { state: ['succeeded'] });
  done.add({ state: 'age,sex\n1,2' as 'succeeded' });
  done.add({} as { state: 'succeeded' });

  expect(lines((await metrics.read()).text)).toEqual(['sallyport_agent_jobs_total{state="other"} 2']);
});

test('the first few values of a bounded label are counted singly, the rest together', async () => {
  const metrics = createMetrics('hub');
  const polls = metrics.counter('polls_total', 'Polls', { backend: bounded(2) });
  for (const backend of ['a', 'b', 'c', 'd', 'a', '', 'x'.repeat(65), 'a"b', 'a b']) polls.add({ backend });

  expect(lines((await metrics.read()).text)).toEqual([
    'sallyport_hub_polls_total{backend="a"} 2',
    'sallyport_hub_polls_total{backend="b"} 1',
    'sallyport_hub_polls_total{backend="other"} 6',
  ]);
});

test('a histogram and a gauge are read, and a cleared gauge is gone', async () => {
  const metrics = createMetrics('hub');
  metrics.histogram('wait_seconds', 'Wait', { buckets: [1, 10] }).observe({}, 3);
  const jobs = metrics.gauge('jobs', 'Jobs', { state: ['pending', 'running'] });
  jobs.set({ state: 'pending' }, 4);
  jobs.clear();
  jobs.set({ state: 'running' }, 1);

  expect(lines((await metrics.read()).text)).toEqual([
    'sallyport_hub_wait_seconds_bucket{le="1"} 0',
    'sallyport_hub_wait_seconds_bucket{le="10"} 1',
    'sallyport_hub_wait_seconds_bucket{le="+Inf"} 1',
    'sallyport_hub_wait_seconds_sum 3',
    'sallyport_hub_wait_seconds_count 1',
    'sallyport_hub_jobs{state="running"} 1',
  ]);
});

test('a gauge without labels is absent before it is set and after it is cleared, not zero', async () => {
  const metrics = createMetrics('hub');
  const age = metrics.gauge('age_seconds', 'Age');
  expect(lines((await metrics.read()).text)).toEqual([]);
  age.set({}, 0);
  expect(lines((await metrics.read()).text)).toEqual(['sallyport_hub_age_seconds 0']);
  age.clear();
  expect(lines((await metrics.read()).text)).toEqual([]);
  age.set({}, 3);
  expect(lines((await metrics.read()).text)).toEqual(['sallyport_hub_age_seconds 3']);
});

test('what is looked up before a reading may fail: the last value stands', async () => {
  const metrics = createMetrics('hub');
  const depth = metrics.gauge('inbox', 'Inbox');
  const looked: (() => number)[] = [
    () => 7,
    () => {
      throw new Error('the database is away');
    },
  ];
  metrics.beforeReading(() => depth.set({}, looked.shift()?.() ?? 0));

  expect(lines((await metrics.read()).text)).toEqual(['sallyport_hub_inbox 7']);
  expect(lines((await metrics.read()).text)).toEqual(['sallyport_hub_inbox 7']);
});

test('two roles in one process do not meet, and the process is watched only where that is asked for', async () => {
  const [hub, agent] = [createMetrics('hub'), createMetrics('agent')];
  hub.watchProcess();
  hub.watchProcess();

  expect((await hub.read()).text).toContain('sallyport_hub_process_resident_memory_bytes');
  expect((await agent.read()).text.trim()).toBe('');
});

test.each(['requests', 'Requests_total', 'sallyport_x_total', 'a b_total'])(
  'a counter cannot be called %s',
  (name) => {
    expect(() => createMetrics('hub').counter(name, 'x')).toThrow('not a name for a metric');
  },
);

test('units stand in names: a histogram of seconds says so, a gauge is no total', () => {
  const metrics = createMetrics('hub');
  expect(() => metrics.histogram('wait', 'x', { buckets: [1] })).toThrow(TypeError);
  expect(() => metrics.gauge('inbox_total', 'x')).toThrow(TypeError);
});
