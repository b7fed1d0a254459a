/** Debian's own registry on loopback, with its files in a folder that a test may tamper with. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { freePort } from '../../../src/sandbox/demo/ports.ts';

export interface DebianRegistry {
  /** `127.0.0.1:port`. */
  host: string;
  /** File in which it keeps a blob. */
  blob(digest: string): string;
  stop(): Promise<void>;
}

export async function debianRegistry(folder: string): Promise<DebianRegistry> {
  const port = await freePort();
  const files = path.join(folder, 'files');
  mkdirSync(files, { recursive: true });
  const settings = path.join(folder, 'registry.yml');
  writeFileSync(
    settings,
    JSON.stringify({
      version: '0.1',
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: files } },
      http: { addr: `127.0.0.1:${port}`, secret: 'of this test' },
    }),
  );
  const child = spawn('docker-registry', ['serve', settings], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const listening = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      said += more;
      if (said.includes('listening on')) resolve();
    });
    child.on('close', () => reject(new Error(`the registry ended: ${said}`)));
  });
  await listening;
  const host = `127.0.0.1:${port}`;
  return {
    host,
    blob(digest) {
      const hex = digest.replace('sha256:', '');
      return path.join(files, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
