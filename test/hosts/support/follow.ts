/** Types the commands of the page into booted hosts, one line after another, and keeps the list of where a test cannot do as the page says. */
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { BootedHost } from './booted-host.ts';
import type { BootedWorld } from './booted-world.ts';
import { answersTo, ORG, OWNER } from './install-answers.ts';
import type { Place } from './install-world.ts';
import type { Said } from './network.ts';
import { blocksOfThePage, type Line } from './page.ts';
import { addressOf, firewallOf, HOSTS_FILE, NAMES } from './places.ts';

const ADMIN_PASSWORD = 'of-an-administrator-for-a-minute';

interface Typed {
  command: string;
  input?: string;
  net?: 'machine';
  env?: Record<string, string>;
  /** What a person does then, in an editor. */
  after?: () => void;
}

interface Deviation {
  /** Which commands. */
  of: RegExp;
  why: string;
  types(command: string, at: { host: BootedHost; place: Place; world: BootedWorld }): Typed;
}

const FIREWALL = /^cp \S+\/firewall-(\w+)\.nft \/etc\/nftables\.conf$/;

/** All other commands are typed as they stand. */
const DEVIATIONS: readonly Deviation[] = [
  {
    of: /^apt-get install /,
    why: 'there is no mirror on these wires: what is named must be there already, or this fails',
    types: (command) => ({ command: `${command} --no-download --assume-yes` }),
  },
  {
    of: /^cd \/opt\/sallyport-\S+ && npm ci /,
    why: 'the registry of packages is reached as this machine reaches it',
    types: (command, { host }) => {
      const authority = '/root/registry-authority.pem';
      host.write('/etc/resolv.conf', readFileSync('/etc/resolv.conf', 'utf8'));
      const known = process.env['NODE_EXTRA_CA_CERTS'];
      if (known) host.write(authority, readFileSync(known, 'utf8'));
      const env = known ? { NODE_EXTRA_CA_CERTS: authority, npm_config_cafile: authority } : {};
      return { command, net: 'machine', env, after: () => host.write('/etc/resolv.conf', '') };
    },
  },
  {
    of: /createuser .*--pwprompt/,
    why: 'asks for a password, twice',
    types: (command) => ({ command, input: `${ADMIN_PASSWORD}\n${ADMIN_PASSWORD}\n` }),
  },
  {
    of: /PASSWORD@/,
    why: 'a word to be replaced',
    types: (command) => ({ command: command.replace('PASSWORD', ADMIN_PASSWORD) }),
  },
  {
    of: FIREWALL,
    why: '"write your addresses into it"; and no name server is asked, so that names stand in a file',
    types: (command, { host, place }) => ({
      command,
      after: () => {
        expectShipped(host, FIREWALL.exec(command)?.[1] ?? '', place);
        host.write('/etc/nftables.conf', firewallOf(place));
        if (place !== 'zone') host.write('/etc/hosts', `127.0.0.1 localhost\n${hostsFile()}`);
      },
    }),
  },
  {
    of: />> \/etc\/hosts$/,
    why: 'names and addresses of the example',
    types: (command) => ({
      command: command
        .replace('192.0.2.10 hub.example.edu', `${addressOf('public')} ${NAMES.hub}`)
        .replace('192.0.2.20 egress.example.edu', `${addressOf('boundary')} ${NAMES.proxy}`),
    }),
  },
  {
    of: /^sallyport setup \w+$/,
    why: 'a person answers; here a file does, as the page has it for machines',
    types: (command, { host, world }) => {
      const role = command.split(' ').at(-1) ?? '';
      host.write(`/root/${role}.yml`, stringify(answersTo(role, world)));
      return { command: `${command} --config /root/${role}.yml --yes` };
    },
  },
  {
    of: /github\.com\/OWNER/,
    why: 'names of the example; and a person has a credential',
    types: (command, { world }) => ({
      command: command.replace('https://github.com/OWNER', `${world.github}/${ORG}`),
      env: {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: basic(world.token(OWNER)),
      },
    }),
  },
  {
    of: /\/Caddyfile$|\/Caddyfile /,
    why: '"write your name into it"; and no authority of the internet gives certificates here',
    types: (command, { host }) => ({
      command,
      after: () => {
        const shipped = host.read('/etc/caddy/Caddyfile');
        const own = shipped
          .replace(/^hub\.example\.edu \{/m, `${NAMES.hub} {`)
          .replace(/^\ttls \{/m, '\ttls /etc/caddy/hub.pem /etc/caddy/hub.key {');
        host.write('/etc/caddy/Caddyfile', own);
      },
    }),
  },
];

export const basic = (token: string): string =>
  `Authorization: Basic ${Buffer.from(`x:${token}`).toString('base64')}`;

const hostsFile = (): string =>
  Object.entries(HOSTS_FILE)
    .map(([name, address]) => `${address} ${name}\n`)
    .join('');

function expectShipped(host: BootedHost, of: string, place: Place): void {
  if (of !== place || !host.read('/etc/nftables.conf').includes('table inet sallyport'))
    throw new Error(`the page gives ${place} the firewall of ${of}`);
}

export interface Followed {
  place: Place;
  command: string;
  said: Said;
}

export class Follower {
  /** `section: command` of whatever was typed. */
  readonly done = new Set<string>();
  /** What each command said, in their order. */
  readonly said: Followed[] = [];
  readonly used = new Set<RegExp>();
  readonly #world: BootedWorld;
  readonly #blocks = blocksOfThePage();

  constructor(world: BootedWorld) {
    this.#world = world;
  }

  /** Deviations that no command asked for: they are to go. */
  get unused(): string[] {
    return DEVIATIONS.filter(({ of }) => !this.used.has(of)).map(({ why }) => why);
  }

  /** What the page has that nobody typed. */
  get left(): string[] {
    const all = this.#blocks.flatMap(({ section, lines }) =>
      lines.map(({ command }) => `${section}: ${command}`),
    );
    return all.filter((one) => !this.done.has(one));
  }

  /** The next block of a section, on these hosts one beside the other; `of` chooses lines by their notes. */
  async block(
    places: readonly Place[],
    section: RegExp,
    at: number,
    of: (line: Line) => boolean = () => true,
  ): Promise<void> {
    const blocks = this.#blocks.filter((one) => section.test(one.section));
    const block = blocks[at];
    if (!block) throw new Error(`the page has no block ${at} in ${String(section)}`);
    const lines = block.lines.filter(of);
    await Promise.all(
      places.map(async (place) => {
        for (const { command } of lines) await this.type(place, command);
      }),
    );
    for (const { command } of lines) this.done.add(`${block.section}: ${command}`);
  }

  /** As a person types it there; throws what it said when it ends otherwise than well. */
  async type(place: Place, command: string): Promise<Said> {
    const host = this.#world.hosts[place];
    const deviation = DEVIATIONS.find(({ of }) => of.test(command));
    if (deviation) this.used.add(deviation.of);
    const typed = deviation?.types(command, { host, place, world: this.#world }) ?? { command };
    const { input = '', net = 'own', env = {} } = typed;
    const said = await host.run(typed.command, { input, net, env, ms: 300_000 });
    this.said.push({ place, command, said });
    // What waits for another host is said, and comes with the next time.
    const waits = /^sallyport setup /.test(command) && said.said.includes('Not finished');
    if (said.code !== 0 && !waits) throw new Error(`${place}# ${typed.command}\n(${said.code}) ${said.said}`);
    typed.after?.();
    return said;
  }
}
