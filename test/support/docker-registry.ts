/** Debian's registry of images, one process on loopback, over TLS. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { selfSigned } from './certificate.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

export interface DockerRegistry {
  /** `127.0.0.1:41234`. */
  host: string;
  /** File with its certificate. */
  caFile: string;
  /** Where it keeps the bytes of a digest. */
  fileOf(digest: string): string;
  close(): Promise<void>;
}

export async function dockerRegistry(): Promise<DockerRegistry> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-registry-'));
  const at = (name: string): string => path.join(dir, name);
  const { cert, key } = selfSigned();
  writeFileSync(at('ca.pem'), cert);
  writeFileSync(at('key.pem'), key, { mode: 0o600 });
  const host = `127.0.0.1:${await freePort()}`;
  const settings = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: at('store') } },
    http: { addr: host, tls: { certificate: at('ca.pem'), key: at('key.pem') } },
  };
  writeFileSync(at('config.yml'), JSON.stringify(settings));
  const child = spawn('docker-registry', ['serve', at('config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    // Read to the end: a program whose log nobody takes stands still.
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-5000);
      if (said.includes('listening on')) resolve();
    });
    child.once('exit', () => reject(new Error(`docker-registry ended: ${said}`)));
  });
  return {
    host,
    caFile: at('ca.pem'),
    fileOf(digest) {
      const hex = digest.slice('sha256:'.length);
      return at(`store/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
