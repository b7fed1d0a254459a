/** One trace from the webhook to the container, whoever tells of which part; and a collector that costs nothing. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, test } from '@jest/globals';
import { AgentWatch } from '../../agent/agent-watch.ts';
import { zoneTraces } from '../../agent/zone-watch.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { GovernanceLook } from '../../src/lib/role-metrics.ts';
import { otlpTraces, tracesTo } from '../../src/lib/traces-otlp.ts';
import {
  openTraces,
  spanOf,
  traceOf,
  tracedDelivery,
  tellRequest,
  tracesSetting,
  type SpanTold,
  type Traces,
} from '../../src/lib/traces.ts';
import { eachDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

const silent = createLogger('test', { level: 'silent' });

/** Keeps what was told, and puts it through the exporter that production uses. */
function told(): Traces & { spans: SpanTold[]; exported: InMemorySpanExporter } {
  const exported = new InMemorySpanExporter();
  const inner = tracesTo('hub', exported, { everyMs: 10 });
  const spans: SpanTold[] = [];
  return {
    spans,
    exported,
    tell(span) {
      spans.push(span);
      inner.tell(span);
    },
    close: () => inner.close(),
  };
}

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('a run is one trace: webhook, request, each job and task, what the agent did, and its status on GitHub', async () => {
    const traces = told();
    world = await aWorld({ database: await open(), traces });
    const issue = world.as('lead').issue();
    await world.settle();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    for (const action of ['extract', 'model']) {
      await world.agent().starts(action);
      await world.agent().ends(action);
    }
    await world.settle();

    const [id = ''] = await world.requests();
    const own = traces.spans.filter(({ trace }) => trace === traceOf(id));
    const byId = new Map(own.map((span) => [span.span, span]));
    const path = (span: SpanTold): string =>
      span.parent === undefined ? span.name : `${path(byId.get(span.parent) as SpanTold)} > ${span.name}`;
    expect([...new Set(own.map(path))].sort()).toEqual([
      'webhook',
      'webhook > request',
      'webhook > request > job',
      'webhook > request > job > task',
      'webhook > request > status',
    ]);
    expect(own.filter(({ name }) => name === 'task')).toHaveLength(2);
    // The agent computes its parent from the task alone: it is the hub's span.
    const task = own.find(({ name }) => name === 'task')?.attributes?.task ?? '';
    const clock = systemClock;
    const watch = new AgentWatch(
      { data: 'real', clock, disk: { level: 'ok', facts: undefined }, governance: new GovernanceLook(clock) },
      traces,
    );
    watch.run({
      task: { id: task, job: 'job0000000000001', request: id },
      phases: [
        { phase: 'prepare', start: 1234, end: 5678 },
        { phase: 'execute', start: 5678, end: 9999 },
      ],
      end: 'succeeded',
    });
    const run = traces.spans.find(({ name }) => name === 'run');
    expect(byId.has(run?.parent ?? '')).toBe(true);
    expect(run).toMatchObject({ trace: traceOf(id), start: 1000, end: 9000 });
    expect(traces.spans.filter(({ parent }) => parent === run?.span).map(({ name }) => name)).toEqual([
      'prepare',
      'execute',
    ]);
    // And what is sent is that: same ids, attributes of the list alone.
    while (traces.exported.getFinishedSpans().length < traces.spans.length)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const sent = traces.exported.getFinishedSpans();
    expect(sent.map((span) => span.spanContext().spanId)).toEqual(traces.spans.map(({ span }) => span));
    expect(JSON.stringify(sent.map(({ attributes }) => attributes))).not.toMatch(/study|extract|model|rowan/);
    await traces.close();
  });
});

test('what is no id and no plain word does not get into a span', async () => {
  const exporter = new InMemorySpanExporter();
  const traces = tracesTo('agent', exporter, { everyMs: 5 });
  const good = { name: 'run', trace: traceOf('a'), span: spanOf('run', 'a'), start: 5, end: 1 } as const;
  traces.tell({ ...good, trace: 'x' });
  traces.tell({ ...good, span: '0'.repeat(16) });
  traces.tell({ ...good, parent: `${'a'.repeat(16)}\n` });
  traces.tell({ ...good, name: 'rows of people' as 'run' });
  traces.tell({
    ...good,
    attributes: { end: 'nonzero_exit', job: 'age, sex\n1', event: 'x'.repeat(101), secret: 'x' } as object,
  });
  while (exporter.getFinishedSpans().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(exporter.getFinishedSpans().map(({ attributes }) => attributes)).toEqual([
    { 'sallyport.end': 'nonzero_exit' },
  ]);
  await traces.close();
});

test('a delivery that made no request has a trace of its own, and one that failed is told too', async () => {
  const spans: SpanTold[] = [];
  const traces: Traces = { tell: (span) => void spans.push(span), close: async () => undefined };
  const delivery = { guid: 'd1', event: 'push', receivedAt: 1 };
  const now = () => 2;
  await tracedDelivery(traces, delivery, now, async () => 'park', String);
  await tracedDelivery(
    traces,
    { ...delivery, guid: 'd2' },
    now,
    async () => Promise.reject(new Error('x')),
    String,
  ).catch(() => undefined);
  await tracedDelivery(
    traces,
    { ...delivery, guid: 'd3' },
    now,
    async () => {
      for (const id of ['r1', 'r2'])
        tellRequest(traces, { id, backend: 'b', outcome: 'created', start: 1, end: 2 });
      return 'done';
    },
    String,
  );
  expect(spans.map(({ name, failed = false, parent }) => [name, failed, parent !== undefined])).toEqual([
    ['webhook', true, false],
    ['webhook', true, false],
    ['request', false, true],
    ['request', false, false],
    ['webhook', false, false],
  ]);
  expect(spans[4]?.trace).toBe(traceOf('r1'));
  expect(new Set(spans.slice(0, 2).map(({ trace }) => trace)).size).toBe(2);
});

/** A collector that keeps what it was sent. */
async function aCollector(answer: number): Promise<{ url: string; got: Promise<string>; server: Server }> {
  let take: (body: string) => void;
  const got = new Promise<string>((resolve) => (take = resolve));
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      take(
        `${request.method} ${request.url} ${request.headers['content-type']}\n${Buffer.concat(parts).toString()}`,
      );
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, got, server };
}

const SPAN: SpanTold = {
  name: 'run',
  trace: traceOf('r'),
  span: spanOf('run', 't'),
  parent: spanOf('task', 't'),
  start: Date.parse('2026-08-03T09:00:00Z'),
  end: Date.parse('2026-08-03T09:00:05Z'),
  attributes: { task: 't' },
};

test('a collector receives spans by OTLP over HTTP, with the ids that were computed', async () => {
  const { url, got, server } = await aCollector(200);
  const traces = await openTraces('agent', { endpoint: url }, silent);
  traces?.tell(SPAN);
  await traces?.close();
  const [head = '', body = ''] = (await got).split('\n');
  server.close();
  expect(head).toBe('POST /v1/traces application/json');
  const { resourceSpans } = JSON.parse(body) as {
    resourceSpans: { resource: object; scopeSpans: { spans: object[] }[] }[];
  };
  expect(resourceSpans[0]?.scopeSpans[0]?.spans).toMatchObject([
    {
      traceId: SPAN.trace,
      spanId: SPAN.span,
      parentSpanId: SPAN.parent,
      name: 'run',
      attributes: [{ key: 'sallyport.task', value: { stringValue: 't' } }],
    },
  ]);
  expect(JSON.stringify(resourceSpans[0]?.resource)).toBe(
    JSON.stringify({
      attributes: [{ key: 'service.name', value: { stringValue: 'sallyport-agent' } }],
      droppedAttributesCount: 0,
    }),
  );
});

test('a collector that is away, or says no, or takes everything for ever fails and holds up nothing', async () => {
  const { url, server } = await aCollector(500);
  const hung = createServer(() => undefined);
  await new Promise<void>((done) => hung.listen(0, '127.0.0.1', done));
  const places = [
    url,
    'http://127.0.0.1:9/v1/traces',
    `http://127.0.0.1:${(hung.address() as AddressInfo).port}/`,
  ];
  const before = performance.now();
  for (const endpoint of places) {
    const traces = otlpTraces('agent', endpoint, 50);
    // More than are kept waiting: the rest is dropped.
    for (let n = 0; n < 5000; n += 1) traces.tell(SPAN);
    await traces.close();
  }
  // What production gives it is two seconds; here it is a twentieth of one.
  expect(performance.now() - before).toBeLessThan(20_000);
  hung.closeAllConnections();
  hung.close();
  server.closeAllConnections();
  server.close();
});

test('without a collector nothing is loaded and nothing is told', async () => {
  expect(await openTraces('hub', undefined, silent)).toBeUndefined();
  expect(
    await tracedDelivery(
      undefined,
      { guid: 'd', event: 'e', receivedAt: 0 },
      () => 0,
      async () => 7,
      String,
    ),
  ).toBe(7);
  tellRequest(undefined, { id: 'r', backend: 'b', outcome: 'created', start: 0, end: 0 });
});

test.each([
  ['http://127.0.0.1:4318/v1/traces', true, true],
  ['https://10.0.0.9/v1/traces', true, true],
  ['https://collector.example.edu/v1/traces', true, false],
  ['https://8.8.8.8/v1/traces', true, false],
  ['http://10.0.0.9/v1/traces', false, false],
  ['https://me:secret@10.0.0.9/v1/traces', false, false],
  ['file:///etc/passwd', false, false],
  ['nonsense', false, false],
])('%s may be a collector: %s, and one of a zone: %s', (endpoint, any, ofZone) => {
  expect(tracesSetting.safeParse({ endpoint }).success).toBe(any);
  expect(zoneTraces.safeParse({ endpoint }).success).toBe(ofZone);
});
