/** An agent in a process of its own, for tests that kill it: node <bundle> zone.yml */
import { startAgent, readZoneFile } from '../../agent/agent.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal, Refused } from '../../src/lib/refusal.ts';

const zone = readZoneFile(process.argv[2] ?? '');
if (isRefusal(zone)) throw new Refused(zone);
const agent = await startAgent({
  zone,
  logger: createLogger('agent', { level: process.env['SALLYPORT_TEST_LOG'] ?? 'warn' }),
  version: 'test',
});
process.stdout.write('ready\n');
process.once('SIGTERM', () => void agent.stop());
await agent.done;
