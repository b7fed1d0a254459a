/** What is counted of upstreams and of the store, by the program as it is started. */
import { afterEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Agent, request } from 'undici';
import { systemClock } from '../../src/lib/clock.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { BlobCache } from '../../src/proxy/images/cache.ts';
import { digestOf } from '../../src/proxy/images/contents.ts';
import { measured, storeCounts, upstreamCounts } from '../../src/proxy/proxy.ts';
import { proxyWorld, STUDY } from '../support/proxy.ts';

const metrics = () => createMetrics('proxy');
const linesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(`sallyport_proxy_${name}`) && !line.includes('_bucket'));

let server: Server | undefined;
afterEach(() => void server?.close());

test('an answer is counted when it begins, and one that does not come or breaks off as failed', async () => {
  let now = 1000;
  const clock = { ...systemClock, now: () => now };
  server = createServer((asked, response) => {
    now += 2000;
    if (asked.url === '/cut')
      return void response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy());
    response.end('all');
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = metrics();
  const agent = new Agent();
  const dispatcher = measured(agent, 'registry', { counts: upstreamCounts(own), clock });

  expect(await (await request(`${at}/whole`, { dispatcher })).body.text()).toBe('all');
  await expect((await request(`${at}/cut`, { dispatcher })).body.text()).rejects.toThrow();
  await expect(request('http://127.0.0.1:9/', { dispatcher })).rejects.toThrow();
  await agent.destroy();

  const { text } = await own.read();
  expect([...linesOf(text, 'upstream_seconds'), ...linesOf(text, 'upstream_failed')]).toMatchInlineSnapshot(`
   [
     "sallyport_proxy_upstream_seconds_sum{upstream="registry"} 4",
     "sallyport_proxy_upstream_seconds_count{upstream="registry"} 2",
     "sallyport_proxy_upstream_failed_total{upstream="registry"} 2",
   ]
  `);
});

test('the store counts what it has, what it has not, its bytes and what had to go', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-store-'));
  const own = metrics();
  const cache = new BlobCache({ dir, bytes: 100, clock: systemClock, counts: storeCounts(own) });
  const enter = async (bytes: Buffer): Promise<void> => {
    const entering = await cache.begin(digestOf(bytes), bytes.length);
    await entering?.write(bytes);
    await entering?.keep();
  };
  const [first, second] = [Buffer.alloc(60, 'a'), Buffer.alloc(70, 'b')];

  expect(await cache.find(digestOf(first), 100)).toBeUndefined();
  await enter(first);
  await (await cache.find(digestOf(first), 100))?.close();
  await enter(second);

  const { text } = await own.read();
  expect(linesOf(text, 'store_')).toMatchInlineSnapshot(`
   [
     "sallyport_proxy_store_asked_total{result="miss"} 1",
     "sallyport_proxy_store_asked_total{result="hit"} 1",
     "sallyport_proxy_store_evictions_total 1",
     "sallyport_proxy_store_bytes 70",
   ]
  `);
  rmSync(dir, { recursive: true });
});

test('the running proxy tells how long GitHub takes', async () => {
  const world = await proxyWorld({ watch: { listen: { port: 0 } } });
  world.upstream.repository(STUDY, { a: 'a' });
  const answer = await fetch(`${world.origin}/${STUDY}/info/refs?service=git-upload-pack`, {
    headers: { authorization: `Bearer ${await world.token()}` },
  });
  expect(answer.status).toBe(200);
  await answer.text();

  const text = await (await fetch(`${world.proxy.watchUrl}/metrics`)).text();
  const [, count = '0'] =
    /sallyport_proxy_upstream_seconds_count\{upstream="github"\} (\d+)/.exec(text) ?? [];
  expect(Number(count)).toBeGreaterThan(0);
  await world.close();
});
