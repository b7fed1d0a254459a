/** An airlock in a process of its own, for tests that kill it: node <bundle> zone.yml <the time it stands at> */
import { readZoneFile, startAirlock } from '../../agent/airlock.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal, Refused } from '../../src/lib/refusal.ts';

const [, , file = '', at = ''] = process.argv;
const zone = readZoneFile(file);
if (isRefusal(zone)) throw new Refused(zone);
const airlock = await startAirlock({
  zone,
  logger: createLogger('airlock', { level: process.env['SALLYPORT_TEST_LOG'] ?? 'silent' }),
  version: 'test',
  clock: fixedClock(at),
});
process.stdout.write('ready\n');
process.once('SIGTERM', () => void airlock.stop());
await airlock.done;
