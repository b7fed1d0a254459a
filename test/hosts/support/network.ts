/**
 * Hosts as network namespaces, each on a wire of its own to one router that forbids nothing: what holds is every
 * host's own firewall.
 *
 * Names carry this process's id. What was made is removed by `close`, and what a killed run left by the next one.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PREFIX = 'sallyport-hosts-';
const SPACES = '/run/netns';
/** `ip netns exec` lays the files of such a folder over those of /etc. */
const FILES = '/etc/netns';
/** Every host's next hop; the router answers for it on each wire. */
const GATEWAY = '10.255.255.1';
const ROUTER = 'router';
/** Before any firewall, so that what is refused is seen too. */
const WATCH = `table inet watched {
  set called {
    typeof ip daddr . th dport
    flags dynamic
    size 1000
  }
  chain output {
    type filter hook output priority -150;
    oif != "lo" ct direction original meta l4proto { tcp, udp } add @called { ip daddr . th dport }
  }
}
`;

/** What a command said, both ways of saying it together, and how it ended. */
export interface Said {
  code: number;
  said: string;
}

export interface NetworkPlan<Host extends string> {
  /** Addresses of each; the first is where it calls from. */
  hosts: Readonly<Record<Host, readonly string[]>>;
  /** The hosts file that all of them have. */
  names: Readonly<Record<string, string>>;
  /** Where those ask for names that stand in no file. */
  resolver: string;
}

export class Network<Host extends string> {
  readonly #plan: NetworkPlan<Host>;
  readonly #run: string;

  constructor(plan: NetworkPlan<Host>) {
    removeLeftOvers();
    this.#plan = plan;
    this.#run = `${PREFIX}${process.pid}-`;
    try {
      this.#make();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The namespace of a host. */
  space(host: Host | typeof ROUTER): string {
    return `${this.#run}${host}`;
  }

  /** Which names this host knows. */
  hostsFile(host: Host): string {
    return path.join(FILES, this.space(host), 'hosts');
  }

  /** Words that run a program on this host, with its names. */
  on(host: Host | typeof ROUTER, ...words: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.space(host), ...words]];
  }

  /** Runs it there to its end; a refusal is an answer. */
  run(host: Host | typeof ROUTER, words: string[], timeoutMs = 20_000): Promise<Said> {
    const [file, args] = this.on(host, ...words);
    return saidBy(file, args, timeoutMs);
  }

  /** Loads a firewall into a host, or rules of the test's own into the router. */
  load(host: Host | typeof ROUTER, rules: string): void {
    const [file, args] = this.on(host, 'nft', '-f', '-');
    execFileSync(file, args, { input: rules, stdio: ['pipe', 'ignore', 'pipe'] });
  }

  /** Packets by name of counter in a table. */
  counters(host: Host | typeof ROUTER, table: string): Record<string, number> {
    const [file, args] = this.on(host, 'nft', '-j', 'list', 'counters', 'table', 'inet', table);
    const { nftables } = JSON.parse(execFileSync(file, args, { encoding: 'utf8' })) as {
      nftables: { counter?: { name: string; packets: number } }[];
    };
    return Object.fromEntries(
      nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])),
    );
  }

  /** From now on whom this host wants to call is written down, whatever its firewall says to it. */
  watch(host: Host): void {
    this.load(host, WATCH);
  }

  /** `address:port` of whom it wanted to call since, but for itself and for answers. */
  called(host: Host): string[] {
    const [file, args] = this.on(host, 'nft', 'list', 'set', 'inet', 'watched', 'called');
    const said = execFileSync(file, args, { encoding: 'utf8' });
    return [...said.matchAll(/([0-9.]+) \. (\d+)/g)].map(([, address, port]) => `${address}:${port}`).sort();
  }

  close(): void {
    for (const space of namesIn(SPACES)) if (space.startsWith(this.#run)) removeSpace(space);
    for (const folder of namesIn(FILES)) if (folder.startsWith(this.#run)) removeFiles(folder);
  }

  #make(): void {
    const router = this.space(ROUTER);
    const hosts = Object.entries(this.#plan.hosts) as [Host, readonly string[]][];
    for (const space of [router, ...hosts.map(([host]) => this.space(host))]) {
      ip('netns', 'add', space);
      ip('-n', space, 'link', 'set', 'lo', 'up');
    }
    ip('-n', router, 'address', 'add', `${GATEWAY}/32`, 'dev', 'lo');
    execFileSync(...this.on(ROUTER, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1'));
    for (const [host, addresses] of hosts) this.#connect(host, addresses);
  }

  #connect(host: Host, addresses: readonly string[]): void {
    const [space, router] = [this.space(host), this.space(ROUTER)];
    const { names, resolver } = this.#plan;
    const lines = Object.entries(names).map(([name, address]) => `${address} ${name}\n`);
    mkdirSync(path.join(FILES, space), { recursive: true });
    writeFileSync(this.hostsFile(host), `127.0.0.1 localhost\n${lines.join('')}`);
    writeFileSync(
      path.join(FILES, space, 'resolv.conf'),
      `nameserver ${resolver}\noptions timeout:1 attempts:1\n`,
    );

    const wire = host.slice(0, 15);
    ip('link', 'add', 'eth0', 'netns', space, 'type', 'veth', 'peer', 'name', wire, 'netns', router);
    for (const address of addresses) ip('-n', space, 'address', 'add', `${address}/32`, 'dev', 'eth0');
    ip('-n', space, 'link', 'set', 'eth0', 'up');
    ip('-n', router, 'link', 'set', wire, 'up');
    for (const address of addresses) ip('-n', router, 'route', 'add', address, 'dev', wire);
    const [from = ''] = addresses;
    ip('-n', space, 'route', 'add', GATEWAY, 'dev', 'eth0', 'src', from);
    ip('-n', space, 'route', 'add', 'default', 'via', GATEWAY, 'src', from);
  }

  /** Whatever has no host of its own goes to this one, which answers for every address. */
  standsForTheRest(host: Host): void {
    ip('-n', this.space(ROUTER), 'route', 'add', 'default', 'dev', host.slice(0, 15));
    const space = this.space(host);
    ip('-n', space, 'route', 'add', 'local', 'default', 'dev', 'lo', 'table', '100');
    ip('-n', space, 'rule', 'add', 'iif', 'eth0', 'lookup', '100');
    execFileSync(...this.on(host, 'sysctl', '-q', '-w', 'net.ipv4.conf.eth0.proxy_arp=1'));
  }
}

/** Runs a program to its end; a refusal is an answer. */
export function saidBy(file: string, args: string[], timeoutMs = 60_000): Promise<Said> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: timeoutMs, maxBuffer: 8 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, said: stdout + stderr });
    });
  });
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function removeSpace(space: string): void {
  ip('netns', 'delete', space);
}

function removeFiles(folder: string): void {
  rmSync(path.join(FILES, folder), { recursive: true, force: true });
}

function endNow(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // Ended in between.
  }
}

function removeLeftOvers(): void {
  const ofTheDead = (name: string): boolean => {
    const [, id] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    return id !== undefined && Number(id) !== process.pid && !existsSync(`/proc/${id}`);
  };
  for (const space of namesIn(SPACES).filter(ofTheDead)) {
    // Whatever still runs there: processes of a test that was killed have nobody who stops them.
    for (const id of execFileSync('ip', ['netns', 'pids', space], { encoding: 'utf8' }).split('\n'))
      if (Number(id) > 1) endNow(Number(id));
    removeSpace(space);
  }
  for (const folder of namesIn(FILES)) if (ofTheDead(folder)) removeFiles(folder);
}
