/** hub.yml and its keys as an operator lays them out, for programs that are to be the hub of a world. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubConfig } from '../../src/hub-config.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { SECRET } from './world.ts';

/** Its state folder is `data` beside it, with the database in it unless `databaseUrl` names a server. */
export function writeHubFile(dir: string, config: HubConfig, databaseUrl?: string): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'app.pem'), config.github.privateKey, { mode: 0o600 });
  writeFileSync(join(dir, 'webhook.secret'), SECRET, { mode: 0o600 });
  writePrivateKey(join(dir, 'hub.key'), config.key);
  writePrivateKey(join(dir, 'log.key'), newKeyPair());
  if (databaseUrl) writeFileSync(join(dir, 'database.url'), databaseUrl, { mode: 0o600 });
  const { repository, pinned } = config.governance;
  const file = join(dir, 'hub.yml');
  writeFileSync(
    file,
    `github: {origin: '${config.github.origin}', app_id: ${config.github.appId}, private_key_file: app.pem, webhook_secret_files: [webhook.secret]}
governance: {repository: {id: ${repository.id}, owner: ${repository.owner}, name: ${repository.name}}, pinned: ${pinned}}
hub: {origin: '${config.origin}', key_file: hub.key, listen: {port: ${config.listen.port}}}
ledger: {key_file: log.key}
data: data
writes: {per_second: 1000, burst: 1000, creations_per_minute: 1000, creations_per_hour: 10000, update_gap_ms: 0}
log: error
${databaseUrl ? 'database_url_file: database.url\n' : ''}`,
  );
  return file;
}
