/** The authorities that proxy.yml names, and what the clients' one has withdrawn, read before anything outside is asked. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Refused } from '../lib/refusal.ts';
import type { ProxySettings } from './settings.ts';
import { no } from './words.ts';

const LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;
const NAMED_BY = ['github', 'images', 'packages'] as const;

/** PEM by who is reached with it; none where proxy.yml names none. */
export type Authorities = Partial<Record<(typeof NAMED_BY)[number], Buffer>>;

/** Throws Refused 'proxy.authority' for a file that cannot be read, or is no certificate. */
export function readAuthorities(settings: Pick<ProxySettings, (typeof NAMED_BY)[number]>): Authorities {
  return Object.fromEntries(
    NAMED_BY.flatMap((by) => {
      const place = settings[by]?.ca_file;
      return place === undefined ? [] : [[by, readAuthority(`${by}.ca_file`, place)]];
    }),
  );
}

/** The list `tls.crl_file`. Throws Refused 'proxy.authority' for a file that cannot be read, or is no such list. */
export function readWithdrawn(place: string): string[] {
  return readAs('tls.crl_file', place, 'is no list of withdrawn certificates in PEM', (bytes) => {
    // One of each authority between a client and the root; of several in one text Node would take the first.
    const lists = bytes.toString('latin1').match(LIST) ?? [];
    if (lists.length === 0) throw new Error('there is no list in it');
    createSecureContext({ crl: lists });
    return lists;
  });
}

// Node takes for an authority what is no certificate without a word, and then trusts nobody by it.
const readAuthority = (setting: string, place: string): Buffer =>
  readAs(setting, place, 'is no certificate in PEM', (bytes) => {
    new X509Certificate(bytes);
    return bytes;
  });

function readAs<T>(setting: string, place: string, otherwise: string, parse: (bytes: Buffer) => T): T {
  let step = 'cannot be read';
  try {
    const bytes = readFileSync(place);
    step = otherwise;
    return parse(bytes);
  } catch (cause) {
    throw new Refused(no.authority(setting, place, step), { cause });
  }
}
