/** The certificate and the key that a listener begins with. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { refusal, Refused, type Refusal } from './refusal.ts';
import { mustBeClosed, secretPlace } from './secret-place.ts';

export interface TlsFiles {
  cert_file: string;
  key_file: string;
}

/**
 * As Node's listeners take them. Throws Refused where one cannot be read, and 'key.too-open' where everybody may read the
 * key; a group may, as where one programme keeps the certificates of several.
 */
export function readTlsFiles({ cert_file: cert, key_file: key }: TlsFiles): { cert: Buffer; key: Buffer } {
  const place = secretPlace(key);
  const read = { cert: readTlsFile(cert), key: readTlsFile(place) };
  mustBeClosed(place, 'key', 'everybody');
  return read;
}

/** Throws Refused: what Node says of it has no sentence, and a way out that depends on why. */
export function readTlsFile(place: string): Buffer {
  try {
    return readFileSync(place);
  } catch (cause) {
    throw new Refused(unreadable(place, (cause as NodeJS.ErrnoException).code), { cause });
  }
}

function unreadable(place: string, code: string | undefined): Refusal {
  if (code !== 'EACCES')
    return refusal(
      'tls.no-file',
      `${place} is no file that can be read (${code}).`,
      'Put certificate and key there, or correct the setting that names them.',
    );
  const user = ownName();
  return refusal(
    'tls.not-readable',
    `The user ${user}, whom this runs as, may not read ${place}.`,
    `Start it by its unit, which hands the file over (systemctl); to start it by hand: chown ${user} ${place}`,
  );
}

/** In containers users are numbers without a name. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.());
  }
}
