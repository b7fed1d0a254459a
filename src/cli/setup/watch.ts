/** Where a role tells how it is, and where its traces go. Neither listens nor sends anything unless somebody asks for it. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { isWithinZone } from '../../../agent/zone-watch.ts';
import { tracesSetting } from '../../lib/traces.ts';
import { isLoopback } from '../../lib/watch-settings.ts';
import { certificate, keyOf } from './certificate.ts';
import { brought, secret, type Deed } from './deed.ts';
import type { Host } from './host.ts';
import { userOf } from './host.ts';
import { absolute, always, orNothing, place, placeOf, type Answers, type Question } from './question.ts';
import type { Setting } from './role.ts';
import { q } from './text.ts';

/** Each its own, so that roles which share a host can be watched side by side. */
export const WATCH_PORTS: Readonly<Record<string, number>> = {
  hub: 9464,
  steward: 9465,
  proxy: 9466,
  agent: 9467,
  airlock: 9468,
};

const isInZone = ({ name }: Host): boolean => name === 'agent' || name === 'airlock';

const idsOf = ({ prefix = '' }: Host) => ({
  at: `${prefix}watch`,
  cert: `${prefix}watch_tls_cert_file`,
  key: `${prefix}watch_tls_key_file`,
  token: `${prefix}watch_token_file`,
});

/** Beyond this machine it tells only over TLS and to whoever has the token. */
function isOpen(answers: Answers, host: Host): boolean {
  const at = placeOf(answers[idsOf(host).at]);
  return at !== undefined && !isLoopback(at.host);
}

export function watchQuestions(host: Host): Question[] {
  const { name } = host;
  const ids = idsOf(host);
  const when = (answers: Answers): boolean => isOpen(answers, host);
  return [
    {
      id: ids.at,
      asks: `Where may a monitor ask how the ${name} is?`,
      why: `host:port; health and metrics, as docs/metrics.md lists them. 127.0.0.1:${WATCH_PORTS[name]} is this machine alone; beyond it TLS and a token are asked for. Nothing: nobody can ask.`,
      standard: always(''),
      fault: (text, { answers }) =>
        orNothing((said) => place(said) ?? (isInZone(host) ? outOfZone(said) : undefined))(text) ??
        (text !== '' && takenBy(text, answers, ids.at)
          ? 'Another role of this host tells there: take another port.'
          : undefined),
    },
    {
      id: ids.cert,
      asks: 'Which file holds the certificate for that address?',
      why: 'PEM. What is told there must not be read on the way, and the token neither.',
      standard: ({ dir }) => path.join(dir, `${name}-watch.pem`),
      when,
      fault: certificate,
    },
    {
      id: ids.key,
      asks: 'Which file holds the certificate’s key?',
      why: 'PEM, for this role’s user alone.',
      standard: ({ dir }) => path.join(dir, `${name}-watch.key`),
      when,
      fault: keyOf(ids.cert),
    },
    {
      id: ids.token,
      asks: 'Which file shall hold the token that a monitor sends?',
      why: 'It is made when it is not there, and shown nowhere: copy it to the monitor ("Authorization: Bearer …").',
      standard: ({ dir }) => path.join(dir, `${name}-watch.token`),
      when,
      fault: absolute,
    },
  ];
}

function outOfZone(text: string): string | undefined {
  return isWithinZone(placeOf(text)?.host ?? '')
    ? undefined
    : 'In a zone: this machine, or one private address of it (10., 172.16.–172.31., 192.168., fc00::/7).';
}

const takenBy = (text: string, answers: Answers, own: string): boolean =>
  Object.entries(answers).some(([id, said]) => id !== own && /(?:^|_)watch$/.test(id) && said === text);

/** `zone`: the collector stands there too. */
export function tracesQuestions({ zone }: { zone: boolean }): Question[] {
  return [
    {
      id: 'traces',
      asks: 'To which collector are traces sent?',
      why: `OpenTelemetry over HTTP, the whole address: http://127.0.0.1:4318/v1/traces, or https://…${zone ? ' with a private address of the zone' : ''}. Nothing: none are made.`,
      standard: always(''),
      fault: orNothing((text) => {
        const read = tracesSetting.safeParse({ endpoint: text });
        if (!read.success) return 'Write https://…, or http:// to this machine, without a password in it.';
        return zone && !isWithinZone(new URL(text).hostname)
          ? 'Traces of a zone stay in it: name this machine or a private address.'
          : undefined;
      }),
    },
  ];
}

/** What a listener beyond this machine needs. */
export function watchDeeds(setting: Setting, host: Host): Deed[] {
  const { answers } = setting;
  if (!isOpen(answers, host)) return [];
  const { key, token } = idsOf(host);
  const user = userOf(setting, host);
  return [brought(answers[key] ?? '', user), tokenAt(answers[token] ?? '', user)];
}

/** Made once. What is there stays, whatever it is. */
const tokenAt = (file: string, owner: string): Deed =>
  secret(file, {
    kind: `token of ${owner}`,
    owner,
    text: () => `${randomBytes(32).toString('hex')}\n`,
  });

/** The line of the settings, or none. */
export function watchLine({ answers }: Setting, host: Host): string | false {
  const ids = idsOf(host);
  const listen = placeOf(answers[ids.at]);
  if (!listen) return false;
  const rest = isOpen(answers, host)
    ? {
        tls: { cert_file: answers[ids.cert], key_file: answers[ids.key] },
        token_file: answers[ids.token],
      }
    : {};
  return `watch: ${q({ listen, ...rest })}`;
}

export const tracesLine = ({ answers }: Setting): string | false =>
  Boolean(answers['traces']) && `traces: {endpoint: ${q(answers['traces'])}}`;
