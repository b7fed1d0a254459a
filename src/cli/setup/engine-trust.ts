/**
 * What the engine needs to fetch images from the proxy: the authority of its certificate and, where it asks for one, the
 * zone's own. The engine reads them from a folder named like the registry; copies, because it takes no other place.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { settings, type Deed } from './deed.ts';
import { put, statAt, textOf } from './files.ts';
import type { Answers } from './question.ts';
import type { Setting } from './role.ts';

export const needsTrust = (answers: Answers): boolean =>
  answers['images_pull'] === 'proxy' &&
  Boolean(answers['proxy_ca_file'] || answers['proxy_client_cert_file']);

export function engineTrustDeeds({ answers, files }: Setting): Deed[] {
  if (!needsTrust(answers)) return [];
  const folder = path.join(
    answers['engine_certs_dir'] ?? '',
    new URL(answers['proxy_origin'] ?? '').host.toLowerCase(),
  );
  const at = (name: string): string => path.join(folder, name);
  const copy = (name: string, from: string | undefined): Deed[] =>
    from ? [settings(at(name), { text: readFileSync(from, 'utf8'), waits: '' }, files)] : [];
  const key = answers['proxy_client_key_file'];
  return [
    ...copy('ca.crt', answers['proxy_ca_file']),
    ...copy('client.cert', answers['proxy_client_cert_file']),
    ...(key ? [secretCopy(at('client.key'), key)] : []),
  ];
}

/** Of a key, for its owner alone. Never shown, not even what changed in it. */
function secretCopy(place: string, from: string): Deed {
  return {
    name: place,
    kind: 'copy of a key, root’s alone',
    look() {
      const is = statAt(place);
      const same = is?.isFile() && (is.mode & 0o077) === 0 && textOf(place) === textOf(from);
      return { state: same ? 'same' : 'new' };
    },
    make: () => put(place, readFileSync(from, 'utf8'), 0o600),
  };
}
