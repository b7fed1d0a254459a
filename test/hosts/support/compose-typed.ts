/** docker-compose as it is typed on a host, with the shipped files in a folder of the host's own. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ComposeWorld } from './compose-world.ts';
import type { Place } from './install-world.ts';
import type { Said } from './network.ts';
import { addressOf, NAMES } from './places.ts';
import { write } from './settings.ts';

/** What stands for the site's own name service, in whom it is asked. */
const WITH_NAMES: Readonly<Record<Place, readonly string[]>> = {
  public: ['hub', 'steward'],
  boundary: ['proxy'],
  zone: [],
};

export function typedIn(world: ComposeWorld, place: Place, words: readonly string[]): Promise<Said> {
  const host = world.hosts[place];
  const files = [...shipped(world, place), ...names(world, place)].flatMap((file) => ['--file', file]);
  return host.run(['docker-compose', '--project-name', `sallyport-${place}`, ...files, ...words], {
    DOCKER_HOST: `unix://${host.socket}`,
  });
}

/** Beside them what they are to be told. */
function shipped(world: ComposeWorld, place: Place): string[] {
  // The proxy asks zones for a certificate.
  const files = [`compose-${place}.yml`, ...(place === 'public' ? [] : [`certificates-${place}.yml`])];
  const dir = world.at(`compose-${place}`);
  mkdirSync(dir, { recursive: true });
  for (const file of files) copyFileSync(path.join('docs/install/files', file), path.join(dir, file));
  const told = {
    ...{ SALLYPORT_IMAGE: world.tag('role'), POSTGRES_IMAGE: world.tag('postgres') },
    ...{ WEB_IMAGE: world.tag('web'), CLAMAV_IMAGE: world.tag('base') },
    HUB: `${NAMES.hub}:${addressOf('public')}`,
    PROXY: `${NAMES.proxy}:${addressOf('boundary')}`,
  };
  const lines = Object.entries(told).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(path.join(dir, '.env'), lines.join(''));
  return files.map((file) => path.join(dir, file));
}

function names(world: ComposeWorld, place: Place): string[] {
  const who = WITH_NAMES[place];
  if (who.length === 0) return [];
  const hosts = [
    `${NAMES.github}:${addressOf('internet')}`,
    `${NAMES.hub}:${addressOf('public')}`,
    `${NAMES.proxy}:${addressOf('boundary')}`,
  ];
  const file = `names-${place}.yml`;
  write(world.root, file, {
    services: Object.fromEntries(who.map((one) => [one, { extra_hosts: hosts }])),
  });
  return [world.at(file)];
}
