/** What agent and airlock are asked besides: what must answer, what must not, the engine, the scanner. */
import { missing, ok, skipped, warning, type Answer } from '../doctor-check.ts';
import { answers, COMMON, silent, type HostCheck } from './checks.ts';
import { certified, engineTrust, watched } from './checks-doors.ts';
import { database, tls } from './checks-public.ts';
import type { DockerSeen, HostFacts } from './host.ts';
import { FOUND_INSIDE } from './inside-words.ts';

const HOSTS_MEND = 'Let the firewall of the zone pass these two addresses, and name them in /etc/hosts';

const hub = answers('hub', 'hub', (facts) => facts.hub, {
  right: ({ status = 0 }) => status === 200 || status === 503,
  mend: HOSTS_MEND,
});
const proxy = answers('proxy', 'proxy', (facts) => facts.proxy, {
  right: ({ status }) => status === 200,
  mend: HOSTS_MEND,
});

const enrolled: HostCheck = {
  id: 'enrolled',
  title: 'key in governance',
  ask({ enrolled: reached, role }) {
    if (!reached) return skipped('the settings cannot be read');
    if (reached.error !== undefined) return skipped(`${reached.at} does not answer`);
    if (reached.status === 200) return ok('the proxy lets this key in');
    if (reached.status === 401 || reached.status === 403)
      return missing(
        'Governance in force does not list this key under this name.',
        `Write the public line into backends.yml (keys.${role === 'agent' ? 'agent' : 'viewer'}) by pull request`,
      );
    return warning(
      `The proxy answers ${reached.status}: governance could not be read through it.`,
      'sallyport doctor proxy, on the boundary host',
    );
  },
};

const outside = silent(
  'outside',
  'no way out',
  'Let the firewall of the zone drop everything but hub and proxy: docs/install/README.md',
);

const names: HostCheck = {
  id: 'dns',
  title: 'no DNS',
  ask({ names: tried }) {
    const found = tried.filter((one) => one.found).map(({ name }) => name);
    if (tried.length === 0) return skipped('nothing to try');
    return found.length > 0
      ? missing(
          `This host finds ${found.join(', ')}: names carry data out.`,
          'Empty /etc/resolv.conf, name hub and proxy in /etc/hosts, and drop port 53',
        )
      : ok(`finds nobody: ${tried.map(({ name }) => name).join(', ')}`);
  },
};

const versions: HostCheck = {
  id: 'version',
  title: 'version',
  ask({ version, hub: reached }) {
    const theirs = /"version":"(\d+\.\d+)\.[^"]*"/.exec(reached?.text ?? '')?.[1];
    if (theirs === undefined) return ok(`${version}; the hub does not say its own`);
    const [a = 0, b = 0] = theirs.split('.').map(Number);
    const [c = 0, d = 0] = version.split('.').map(Number);
    return a === c && Math.abs(b - d) <= 1
      ? ok(`${version}, the hub ${theirs}`)
      : warning(
          `This is ${version}, and the hub is ${theirs}: more than one minor version apart.`,
          'docs/install/upgrade.md',
        );
  },
};

type Ask = (docker: DockerSeen, facts: HostFacts) => Answer;

const engine = (id: string, title: string, ask: Ask): HostCheck => ({
  id: `docker${id && `.${id}`}`,
  title,
  ask(facts) {
    const { docker } = facts;
    if (!docker) return skipped('this role runs no containers');
    if (docker.error !== undefined && id !== '') return skipped('the engine does not answer');
    return ask(docker, facts);
  },
});

const DAEMON = '/etc/docker/daemon.json';
const DOCKER: readonly HostCheck[] = [
  engine('', 'Docker', ({ error, version = '' }) =>
    error === undefined
      ? ok(version)
      : missing(`The engine does not answer: ${error}.`, 'systemctl enable --now docker'),
  ),
  engine('limits', 'limits', ({ limits, cgroup }) => {
    const lacking = Object.entries(limits)
      .filter(([, has]) => !has)
      .map(([name]) => name);
    return lacking.length > 0
      ? missing(
          `It cannot hold a job to its ${lacking.join(', ')}.`,
          'Start the system with cgroup v2: systemd.unified_cgroup_hierarchy=1',
        )
      : ok(`memory, processes and processors (cgroup v${cgroup})`);
  }),
  engine('seccomp', 'seccomp', ({ security }) =>
    security.some((one) => one.startsWith('name=seccomp') && !one.includes('profile=unconfined'))
      ? ok('filters the calls of jobs')
      : missing('No filter stands between jobs and the kernel.', 'Use a kernel and an engine with seccomp'),
  ),
  engine('apparmor', 'AppArmor', ({ security }) =>
    security.some((one) => /^name=(?:apparmor|selinux)/.test(one))
      ? ok('there')
      : warning(
          'Neither AppArmor nor SELinux holds containers.',
          'apt-get install apparmor; then restart Docker',
        ),
  ),
  engine('inside', 'a container of ours', ({ inside }) => {
    if (inside === undefined) return skipped('none was started');
    const remedy = `Look which runtime and options ${DAEMON} and zone.yml (docker) name: docs/install/agent.md`;
    if ('error' in inside)
      return missing(`One that is locked down as jobs are cannot be started: ${inside.error}.`, remedy);
    // Our own program did not run there: nothing is known to be amiss, and nothing to be well.
    if (inside.faults.includes('unreadable'))
      return warning(
        'It could not tell what the kernel says of it.',
        'docs/install/agent.md: look at /proc/self/status in a container by hand',
      );
    return inside.faults.length === 0
      ? ok('is held as it was told: no capability, no network, a read-only root')
      : missing(
          `One that was locked down as jobs are is not: ${inside.faults.map((fault) => FOUND_INSIDE[fault]).join('; ')}.`,
          remedy,
        );
  }),
  engine('driver', 'storage driver', ({ driver }) =>
    ['overlay2', 'overlayfs', 'btrfs', 'zfs'].includes(driver)
      ? ok(driver)
      : warning(`It is ${driver}: slow, or not kept up.`, `{"storage-driver": "overlay2"} in ${DAEMON}`),
  ),
  engine('icc', 'containers apart', ({ icc }) =>
    icc === false
      ? ok('no traffic between containers of the bridge')
      : warning(
          'Containers on the default bridge reach each other (no job is on it).',
          `{"icc": false} in ${DAEMON}`,
        ),
  ),
  engine('userns', 'user namespaces', ({ userns }) =>
    userns
      ? ok('root in a container is nobody outside')
      : warning(
          'Jobs are no root, but root of a container would be root here.',
          `{"userns-remap": "default"} in ${DAEMON}; docs/security.md says what it costs`,
        ),
  ),
  engine('live-restore', 'live restore', ({ liveRestore }) =>
    liveRestore
      ? ok('jobs outlive a restart of the engine')
      : warning('A restart of the engine ends the jobs that run.', `{"live-restore": true} in ${DAEMON}`),
  ),
  engine('insecure', 'registries', ({ insecure }) =>
    insecure.length === 0
      ? ok('all of them by TLS')
      : missing(`Without TLS: ${insecure.join(', ')}.`, `Take insecure-registries out of ${DAEMON}`),
  ),
  engine('tcp', 'engine’s door', ({ tcp }) =>
    tcp
      ? missing(
          'The engine listens on a network port: whoever reaches it is root here.',
          `Take "hosts" out of ${DAEMON}, and -H tcp:// out of its unit`,
        )
      : ok('its socket alone'),
  ),
];

const group: HostCheck = {
  id: 'docker.group',
  title: 'group docker',
  ask({ dockerGroup: members, role }) {
    if (members === undefined) return skipped('there is no such group');
    const people = members.filter((one) => one !== 'sallyport-agent');
    if (role === 'airlock' && members.includes('sallyport-airlock'))
      return missing(
        'The airlock’s user may command the engine: it could read everything.',
        'gpasswd -d sallyport-airlock docker',
      );
    return people.length > 0
      ? warning(
          `Root in all but name: ${people.join(', ')}.`,
          people.map((one) => `gpasswd -d ${one} docker`).join('; '),
        )
      : ok(members.length > 0 ? 'the agent’s user alone' : 'nobody');
  },
};

const oneDisk: HostCheck = {
  id: 'store',
  title: 'one file system',
  ask({ store }) {
    if (!store) return skipped('the settings cannot be read');
    const apart = Object.entries(store.devices)
      .filter(([, device]) => device !== store.devices[store.root])
      .map(([place]) => place);
    return apart.length > 0
      ? warning(
          `On another disk than ${store.root}: ${apart.join(', ')}. Outputs are copied, not linked.`,
          'Keep the whole folder on one file system',
        )
      : ok(`${store.root}: outputs are linked, not copied`);
  },
};

const scanner: HostCheck = {
  id: 'scanner',
  title: 'malware scanner',
  ask({ scanner: seen, notes }) {
    if (!seen)
      return notes.scanning === 'required'
        ? missing(
            'floors.malware_scan is required, and no scanner is named.',
            'airlock.scanner: {socket: /run/clamav/clamd.ctl}',
          )
        : warning(
            'No file is looked at for malware.',
            'apt-get install --no-install-recommends clamav-daemon; sallyport setup airlock',
          );
    return seen.error === undefined
      ? ok(seen.says ?? seen.at)
      : missing(
          `${seen.at}: ${seen.error}.`,
          'systemctl enable --now clamav-daemon; let the airlock’s user write to its socket',
        );
  },
};

export const AGENT_CHECKS: readonly HostCheck[] = [
  ...COMMON,
  hub,
  proxy,
  enrolled,
  certified,
  versions,
  outside,
  names,
  oneDisk,
  tls,
  ...DOCKER,
  engineTrust,
  group,
  watched,
];

export const AIRLOCK_CHECKS: readonly HostCheck[] = [
  ...COMMON,
  hub,
  proxy,
  enrolled,
  certified,
  versions,
  outside,
  names,
  database,
  scanner,
  tls,
  group,
  watched,
];
