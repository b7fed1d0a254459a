/** What the boundary host is asked for updates of the zone's hosts: which Debian archives, and which parts of them. */
import { packageSettings } from '../../proxy/packages/settings.ts';
import { certificate } from './certificate.ts';
import { always, listed, type Answers, type Question } from './question.ts';
import type { Setting } from './role.ts';
import { q } from './text.ts';

const FORM = 'deb.egress.example=https://mirror.example/debian bookworm+bookworm-updates main';

interface Written {
  host: string;
  upstream: string;
  suites: string[];
  components: string[];
  redirect_hosts?: string[];
}

/** Undefined when one is not written like FORM. */
function archivesIn(text: string | undefined): Written[] | undefined {
  const all = listed(text).map((one) => /^([^=\s]+)=(\S+)\s+(\S+)\s+(\S+)$/.exec(one));
  if (all.includes(null)) return undefined;
  return all.map((one) => {
    const [, host = '', upstream = '', suites = '', components = ''] = one ?? [];
    return { host, upstream, suites: suites.split('+'), components: components.split('+') };
  });
}

/** `host=other+other`: who else than the archive itself has its files. Undefined when one is not written so, or of no archive above. */
function redirectsIn(
  answers: Answers,
  text = answers['packages_redirect_hosts'],
): Map<string, string[]> | undefined {
  const archives = archivesIn(answers['packages']) ?? [];
  const all = listed(text).map((one) => /^([^=\s]+)=([^=\s]+)$/.exec(one));
  const known = all.every((one) => one && archives.some(({ host }) => host === one[1]));
  return known ? new Map(all.map((one) => [one?.[1] ?? '', (one?.[2] ?? '').split('+')])) : undefined;
}

/** With what was said of where they point to. */
const wholeArchives = (answers: Answers, text?: string): Written[] => {
  const others = redirectsIn(answers, text);
  return (archivesIn(answers['packages']) ?? []).map((one) => {
    const hosts = others?.get(one.host);
    return hosts ? { ...one, redirect_hosts: hosts } : one;
  });
};

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** As if each were meant to be there. */
const insideOf = (archives: readonly Written[]): string[] =>
  archives.map(({ upstream }) => hostOf(upstream).replace(/:\d+$/, ''));

/** The sentence of the proxy's own rules. */
function faultOf(archives: Written[], inside: readonly string[]): string | undefined {
  const read = packageSettings.safeParse({ archives, private_hosts: inside });
  return read.success ? undefined : `${read.error.issues[0]?.message ?? 'It is not right'}.`;
}

// apt shows who it is by a certificate of the zone: without that authority the proxy would not start.
const asksCertificates = (answers: Answers): boolean => Boolean(answers['client_ca_file']);
const hasArchives = (answers: Answers): boolean => Boolean(answers['packages']);

export const packagesQuestions: readonly Question[] = [
  {
    id: 'packages',
    asks: 'From which Debian archives may hosts of the zone update themselves?',
    why: `The name that sources.list says there, where the archive is, its suites, its components: ${FORM}. With commas. Nothing: from none.`,
    standard: always(''),
    when: asksCertificates,
    fault(text, { answers }) {
      if (text === '') return undefined;
      const archives = archivesIn(text);
      if (!archives) return `Write each like ${FORM}.`;
      if (archives.some(({ host }) => host === hostOf(answers['proxy_origin'] ?? '').replace(/:\d+$/, '')))
        return 'That is the name of the proxy itself: give the archive a name of its own.';
      // Which of them have an address inside is asked next.
      return faultOf(archives, insideOf(archives));
    },
  },
  {
    id: 'packages_redirect_hosts',
    asks: 'Which of them send a reader elsewhere for a file, and where to?',
    why: 'A mirror whose packages lie at another host: deb.egress.example=files.mirror.example, with + for more than one. Nothing: nowhere, and such an answer is refused.',
    standard: always(''),
    when: hasArchives,
    fault(text, { answers }) {
      if (text === '') return undefined;
      if (!redirectsIn(answers, text))
        return 'Write each like deb.egress.example=files.mirror.example, with the name of an archive above.';
      const archives = wholeArchives(answers, text);
      return faultOf(archives, insideOf(archives));
    },
  },
  {
    id: 'packages_private_hosts',
    asks: 'Which of these archives have an address inside your network?',
    why: 'Their hosts, with commas. Without its name here such an address is never connected to. Nothing: none.',
    standard: always(''),
    when: hasArchives,
    fault: (text, { answers }) => faultOf(archivesIn(answers['packages']) ?? [], listed(text)),
  },
  {
    id: 'packages_ca_file',
    asks: 'Which authority signed their certificates?',
    why: 'A PEM file, when it is an authority of your own; nothing when it is a public one.',
    standard: always(''),
    when: hasArchives,
    fault: (text, known) => (text === '' ? undefined : certificate(text, known)),
  },
];

/** The lines of proxy.yml, or none. */
export function packageLines({ answers }: Setting): string[] {
  const archives = wholeArchives(answers);
  if (archives.length === 0 || !asksCertificates(answers)) return [];
  const inside = listed(answers['packages_private_hosts']);
  const authority = answers['packages_ca_file'];
  return [
    'packages: # hosts of the zone update themselves from these, and from nothing else',
    '  archives:',
    ...archives.map((one) => `    - ${q(one)}`),
    ...(inside.length > 0 ? [`  private_hosts: ${q(inside)}`] : []),
    ...(authority ? [`  ca_file: ${q(authority)}`] : []),
  ];
}
