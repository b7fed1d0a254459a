/** What hub, steward and proxy are asked besides: GitHub, the App, the database, the door. */
import { days } from '../../lib/clock.ts';
import { missing, ok, skipped, warning } from '../doctor-check.ts';
import { answers, COMMON, silent, type HostCheck } from './checks.ts';
import { certified, watched } from './checks-doors.ts';

const github = answers('github', 'GitHub', ({ github: one }) => one, {
  right: ({ status = 0 }) => status < 500,
  mend: 'Let this host reach api.github.com and github.com on 443',
});

const app: HostCheck = {
  id: 'app',
  title: 'GitHub App',
  ask({ app: seen }) {
    if (!seen) return skipped('the settings cannot be read');
    if (seen.error !== undefined)
      return missing(
        `GitHub does not know the App by these settings: ${seen.error}.`,
        'Compare app_id and the private key with the App’s settings page',
      );
    if (!seen.installed)
      return missing(
        'The App is installed nowhere.',
        'Open the App’s page on GitHub, "Install App", all repositories',
      );
    if (seen.missing.length > 0)
      return missing(
        `Not accepted by the organisation: ${seen.missing.join(', ')}.`,
        'Organisation settings, GitHub Apps, Review request; or change the App as docs/install/github-app.md says',
      );
    if (seen.more.length > 0)
      return warning(
        `It holds more than it needs: ${seen.more.join(', ')}.`,
        'Take that away on the App’s settings page, "Permissions & events"',
      );
    return ok('installed, with what it needs and nothing else');
  },
};

const webhook: HostCheck = {
  id: 'webhook',
  title: 'webhooks',
  ask({ webhook: reached, app: seen }) {
    const { tried = 0, failed = 0 } = seen?.deliveries ?? {};
    if (tried > 0 && failed === tried)
      return missing(
        `GitHub tried ${tried} deliveries, and none arrived.`,
        'Let GitHub reach POST /webhooks through your web server; the App’s page, "Advanced", shows each',
      );
    if (tried > 0)
      return failed > 0
        ? warning(`${failed} of the last ${tried} deliveries did not arrive; they are swept.`)
        : ok(`the last ${tried} arrived`);
    if (!reached) return skipped('the settings do not say where');
    if (reached.error !== undefined)
      return missing(
        `${reached.at} does not answer: ${reached.error}.`,
        'Let the web server hand /webhooks on to the hub',
      );
    // Without a signature it must be refused: by the hub, and not by a page of the web server.
    return [400, 401, 403].includes(reached.status ?? 0)
      ? ok(`${reached.at} is there, and takes nothing unsigned`)
      : missing(
          `${reached.at} answers ${reached.status} to what is not signed.`,
          'Let the web server hand /webhooks on to the hub, unchanged',
        );
  },
};

export const database: HostCheck = {
  id: 'database',
  title: 'database',
  ask({ database: seen, notes }) {
    if (!seen) return skipped('the settings cannot be read');
    if (seen.embedded)
      return notes.real
        ? missing(
            'It is embedded: a power cut loses what was done last.',
            'Give a PostgreSQL server: sallyport setup, "database: make"',
          )
        : warning('It is embedded, which is for trials.', 'Give a PostgreSQL server for real work');
    if (seen.error !== undefined)
      return missing(
        `It does not answer: ${seen.error}.`,
        'Look at the address in the file, and whether the server runs',
      );
    if ((seen.version ?? 0) < 140_000)
      return missing(
        `This is PostgreSQL ${Math.floor((seen.version ?? 0) / 10_000)}; 14 or newer is needed.`,
        'Upgrade the server',
      );
    if (seen.fsync === false)
      return missing(
        'The server does not write through (fsync is off): a power cut loses the record.',
        'alter system set fsync = on; then restart the server',
      );
    if (seen.superuser === true)
      return warning(
        'The role is a superuser: it owns more than its database.',
        'Give it a role of its own: sallyport setup, "database: make"',
      );
    return ok(`PostgreSQL ${Math.floor((seen.version ?? 0) / 10_000)}, its own role`);
  },
};

const shut = silent(
  'shut',
  'shut outside',
  'In the web server: answer /operator and /metrics with 404; docs/install/files/nginx.conf does',
  ({ status }) => status !== undefined && ![403, 404, 405].includes(status),
);

const own = (what: 'steward' | 'ledger', title: string, without: string, mend: string): HostCheck => ({
  id: what,
  title,
  ask: ({ notes }) =>
    notes[what] === undefined
      ? skipped('the settings cannot be read')
      : notes[what]
        ? ok('in the settings')
        : warning(without, mend),
});

const hubAnswers = answers('hub', 'hub', ({ hub }) => hub, {
  right: ({ status }) => status === 200,
  mend: 'systemctl status sallyport-hub; journalctl -u sallyport-hub',
});

const door: HostCheck = {
  id: 'door',
  title: 'behind a web server',
  ask({ listens, notes }) {
    const [at = ''] = listens;
    if (!at) return skipped('the settings cannot be read');
    if (!/^(?:127\.|localhost|\[?::1)/.test(at))
      return warning(
        `It listens on ${at}: without TLS of its own it should be this machine alone.`,
        'listen: {host: 127.0.0.1, …}',
      );
    return notes.trustedProxies === 0
      ? warning(
          'Nobody’s word is taken for a browser’s address: limits count all people as one.',
          'hub.trusted_proxies: [127.0.0.1]',
        )
      : ok(`${at}, behind a web server`);
  },
};

export const tls: HostCheck = {
  id: 'tls.files',
  title: 'certificates',
  ask({ tls: all, now }) {
    if (all.length === 0) return skipped('this role shows none, and saw none');
    const bad = all.find(({ error }) => error !== undefined);
    if (bad) return missing(`${bad.path}: ${bad.error}.`, 'Put certificate and key there, PEM');
    const over = all.find(({ until = 0 }) => until < now);
    if (over) return missing(`${over.path} is over since ${day(over.until)}.`, 'Renew it, and restart');
    const soon = all.find(({ until = 0 }) => until < now + days(30));
    if (soon) return warning(`${soon.path} ends on ${day(soon.until)}.`, 'Renew it');
    return ok(all.map(({ path: place, until }) => `${place} until ${day(until)}`).join(', '));
  },
};
const day = (at = 0): string => new Date(at).toISOString().slice(0, 10);

const enrolled = answers('governance', 'governance', ({ enrolled: one }) => one, {
  right: ({ status }) => status === 200,
  mend: 'Compare owner, name and number with the repository, and install the App on it',
});

const self = answers('self', 'proxy', ({ proxy }) => proxy, {
  right: ({ status }) => status === 200,
  mend: 'systemctl status sallyport-proxy; the name has to lead to this host',
});

export const HUB_CHECKS: readonly HostCheck[] = [
  ...COMMON,
  github,
  app,
  database,
  door,
  hubAnswers,
  webhook,
  shut,
  tls,
  watched,
  own(
    'steward',
    'steward’s key',
    'Without it nobody may publish.',
    'sallyport setup steward, then sallyport setup hub',
  ),
  own(
    'ledger',
    'key of the log',
    'The public log is not signed: nobody can check it.',
    'sallyport setup hub',
  ),
];

export const STEWARD_CHECKS: readonly HostCheck[] = [
  ...COMMON,
  github,
  app,
  enrolled,
  hubAnswers,
  tls,
  watched,
];
export const PROXY_CHECKS: readonly HostCheck[] = [
  ...COMMON,
  github,
  app,
  enrolled,
  tls,
  self,
  certified,
  watched,
];
