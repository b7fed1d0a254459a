import { missing, requires } from '../support/require.ts';
import { docker, dockerHarness } from './docker-harness.ts';
import { hostileJobs } from './drill.ts';

/** The engine filters system calls only where its kernel can. */
const filtersCalls =
  missing('docker') === undefined && docker('info', '--format', '{{.SecurityOptions}}').includes('seccomp');

requires('docker').describe('a hostile job', () => {
  hostileJobs(dockerHarness, { kernel: 'host', filtersCalls });
});
