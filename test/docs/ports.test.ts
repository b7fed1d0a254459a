/** Every port that `sallyport setup` proposes, and the files that open, call or scrape it. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { airlockQuestions } from '../../src/cli/setup/airlock-questions.ts';
import { hubRole } from '../../src/cli/setup/hub.ts';
import { proxyQuestions } from '../../src/cli/setup/proxy-questions.ts';
import { placeOf, type Question } from '../../src/cli/setup/question.ts';
import { WATCH_PORTS } from '../../src/cli/setup/watch.ts';
import { zoneQuestions } from '../../src/cli/setup/zone-questions.ts';

const read = (name: string): string => readFileSync(`docs/install/${name}`, 'utf8');
const numbersIn = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);

/** What a firewall lets come in: from whom (a name at its top, or anybody) → ports. */
function opened(host: 'public' | 'boundary' | 'zone' | 'database'): Record<string, number[]> {
  const text = read(`firewall-${host}.nft`);
  const defines = new Map(
    [...text.matchAll(/^define (\w+) = ([^#\n]+)/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const [, chain = ''] = /chain input \{([^}]*(?:\{[^}]*\}[^}]*)*?)\n {2}\}/.exec(text) ?? [];
  const rules = [
    ...chain.matchAll(/(?:ip saddr \$(\w+) )?tcp dport (\$\w+|\d+|\{[^}]*\}) counter name \w+ accept/g),
  ];
  expect(rules).toHaveLength(chain.match(/\bdport\b/g)?.length ?? 0);
  return Object.fromEntries(
    rules.map(([, from = 'anybody', ports = '']) => [
      ports.startsWith('$') ? `${from} ${ports}` : `${from} ${numbersIn(ports).join(',')}`,
      numbersIn(ports.startsWith('$') ? (defines.get(ports.slice(1)) ?? '') : ports),
    ]),
  );
}

/** The answer that a question proposes where nothing is known yet. */
function proposed(questions: readonly Question[], id: string): string {
  const known = { dir: '/etc/sallyport', cards: { zones: [] }, answers: {}, now: 0 };
  return questions.find((one) => one.id === id)?.standard(known as never) ?? '';
}

const watched = (...roles: string[]): number[] => roles.map((role) => WATCH_PORTS[role] ?? 0);

test('no two roles propose the same port for a monitor', () => {
  const all = Object.values(WATCH_PORTS);
  expect(new Set(all).size).toBe(all.length);
});

test('each firewall lets in what its host shows, and not a port more', () => {
  expect(opened('public')).toEqual({
    'anybody 80,443': [80, 443],
    'MONITORS $METRICS_PORTS': watched('hub', 'steward'),
    'OPERATORS 22': [22],
  });
  expect(opened('boundary')).toEqual({
    'ZONE 443': [Number(proposed(proxyQuestions, 'port'))],
    'DUMMY 443': [443],
    'MONITORS $METRICS_PORTS': watched('proxy'),
    'OPERATORS 22': [22],
  });
  expect(opened('zone')).toEqual({ 'DESKS 443': [443], 'OPERATORS 22': [22] });
  expect(opened('database')).toEqual({
    'ZONE $DATABASE_PORT': [Number(proposed(zoneQuestions('zone'), 'data_port'))],
    'OPERATORS 22': [22],
  });
});

test('the hub is called where it listens by the web server alone, and by no firewall', () => {
  const port = proposed(hubRole.questions, 'port');
  expect(read('files/Caddyfile')).toContain(`reverse_proxy 127.0.0.1:${port} `);
  expect(read('files/nginx.conf')).toContain(`127.0.0.1:${port};`);
  for (const host of ['public', 'boundary', 'zone', 'database'] as const)
    expect(Object.values(opened(host)).flat()).not.toContain(Number(port));
});

test('a viewer with the answers that are proposed listens on its own machine, where no firewall matters', () => {
  for (const id of ['viewer_listen', 'files_listen'])
    expect(placeOf(proposed(airlockQuestions, id))?.host).toBe('127.0.0.1');
});

test('the monitors’ files ask each role where setup proposes that it tells', () => {
  const targets = (file: string): [string, number][] =>
    [...read(file).matchAll(/job_name: sallyport-(\w+)[^]*?targets: \['[^']*:(\d+)'\]/g)].map(
      ([, role = '', port]) => [role, Number(port)],
    );
  const found = [...targets('prometheus.yml'), ...targets('prometheus-zone.yml')];
  expect(Object.fromEntries(found)).toEqual(WATCH_PORTS);
});

test('a container’s health is asked where setup proposes that its role tells', () => {
  const asked = ['public', 'boundary', 'zone'].flatMap((host) =>
    [
      ...read(`files/compose-${host}.yml`).matchAll(
        /command: \[(\w+), --[^]*?fetch\('http:\/\/127\.0\.0\.1:(\d+)/g,
      ),
    ].map(([, role = '', port]) => [role, Number(port)] as const),
  );
  expect(Object.fromEntries(asked)).toEqual(WATCH_PORTS);
});
