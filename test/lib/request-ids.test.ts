/** Every line about one request, or one piece of the steward's work, carries the same id, which nobody outside chooses. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { withLogFields } from '../../src/lib/log-fields.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { traceOf, traceOfDelivery } from '../../src/lib/traces.ts';
import { createProxy, proxySettings } from '../../src/proxy/proxy.ts';
import { stepOnce } from '../../src/steward/loop.ts';

type Line = Record<string, unknown>;
/** Put together here, so that no tool takes this file for a leak. */
const TOKEN = ['gh', 's_', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('');
const ID = /^[a-z0-9]{16}$/;

function aLog(options: { traces?: boolean } = {}) {
  const lines: Line[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  return { lines, logger: createLogger('test', { level: 'info', to, ...options }) };
}

test('the proxy gives each request an id of its own, tells the client, and believes none that it is sent', async () => {
  const { lines, logger } = aLog();
  const limits = proxySettings.shape.limits.parse(undefined);
  const server = createProxy({
    origin: 'http://127.0.0.1',
    limits,
    clock: { now: () => 0 },
    logger,
  } as never);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (path: string): Promise<string> => {
    const headers = { host: '127.0.0.1', 'x-request-id': TOKEN, connection: 'close' };
    const sent = httpRequest({ host: '127.0.0.1', port, path, headers }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    await once(answer.resume(), 'end');
    return String(answer.headers['x-request-id']);
  };

  const ids = [await ask('/robots.txt'), await ask('/nothing')];
  server.close();
  await once(server, 'close');

  expect(ids[0]).toMatch(ID);
  expect(ids[1]).not.toBe(ids[0]);
  expect(lines.map(({ msg, request_id }) => [msg, request_id])).toEqual(ids.map((id) => ['request', id]));
  expect(JSON.stringify(lines)).not.toContain(TOKEN);
});

test('each thing that the steward does has an id, and so has every line about it, with no secret in them', async () => {
  const { lines, logger } = aLog();
  const done: string[] = [];
  const hub = {
    poll: async () => ({ orders: [], tasks: [{ id: 'task000000000001' }, { id: 'task000000000002' }] }),
    done: async ({ id }: { id: string }) => {
      logger.info({ token: TOKEN, note: `with ${TOKEN}` }, 'told');
      done.push(id);
    },
  };
  await stepOnce({ hub, logger, governance: async () => undefined } as never, 0);

  const told = lines.filter(({ msg }) => msg === 'told');
  expect(done).toEqual(['task000000000001', 'task000000000002']);
  expect(told.map(({ task }) => task)).toEqual(done);
  const [first, second] = told.map(({ request_id }) => String(request_id));
  expect(first).toMatch(ID);
  expect(second).toMatch(ID);
  expect(second).not.toBe(first);
  expect(JSON.stringify(lines)).not.toContain(TOKEN);
});

test('with traces on a line says which trace it belongs to: its request’s, else its delivery’s; without them none does', () => {
  const { lines, logger } = aLog({ traces: true });
  logger.info('about nothing');
  withLogFields({ delivery: 'd1' }, () => logger.info('a delivery'));
  withLogFields({ delivery: 'd1', request: 'r1' }, () => logger.info('a request of it'));
  logger.info({ request: 'r2' }, 'a request that the line names');
  withLogFields({ request: TOKEN }, () => logger.info('what is no id'));
  expect(lines.map(({ trace_id }) => trace_id)).toEqual([
    undefined,
    traceOfDelivery('d1'),
    traceOf('r1'),
    traceOf('r2'),
    traceOf(TOKEN),
  ]);
  expect(JSON.stringify(lines)).not.toContain(TOKEN);

  const off = aLog();
  withLogFields({ request: 'r1' }, () => off.logger.info('traces are off'));
  expect(off.lines[0]).not.toHaveProperty('trace_id');
});
