/** Of the doors between hosts: certificates of clients, what the engine needs to fetch images, and who can read how a role is. */
import { missing, ok, skipped, warning } from '../doctor-check.ts';
import type { HostCheck } from './checks.ts';

/** Silence without a certificate is right only where there is an answer with one. */
export const certified: HostCheck = {
  id: 'door.clients',
  title: 'certificate of clients',
  ask({ barred, proxy, role }) {
    if (!barred) return skipped('the settings ask for none');
    if (!proxy || proxy.error !== undefined) return skipped('the proxy does not answer at all');
    if (barred.error !== undefined)
      return ok(`${barred.at} answers ${role === 'proxy' ? 'nobody' : 'this host, and nobody'} without one`);
    return missing(
      `${barred.at} answers without a certificate, too.`,
      role === 'proxy'
        ? 'Restart the proxy; what stands in front of it must not speak TLS for it'
        : 'On the boundary host: tls.client_ca_file in proxy.yml, and restart',
    );
  },
};

export const engineTrust: HostCheck = {
  id: 'docker.trust',
  title: 'engine and proxy',
  ask({ trust }) {
    if (!trust) return skipped('the engine fetches nothing that needs it');
    const { folder, lacking, open, door } = trust;
    if (lacking.length > 0)
      return missing(
        `The engine cannot fetch images: missing or unreadable in ${folder}: ${lacking.join(', ')}.`,
        'sallyport setup zone copies them',
      );
    if (open.length > 0)
      return missing(`Others may read ${open.join(', ')}.`, open.map((one) => `chmod 600 ${one}`).join('; '));
    return door.error === undefined
      ? ok(`${door.at} opens with what lies in ${folder}`)
      : missing(
          `With what lies in ${folder} ${door.at} does not open: ${door.error}.`,
          'Renew the files that zone.yml names, then sallyport setup zone',
        );
  },
};

export const watched: HostCheck = {
  id: 'watch',
  title: 'monitors',
  ask({ watch }) {
    if (!watch) return skipped('the settings name no address for them');
    const { at, elsewhere, bare } = watch;
    const open = elsewhere.filter(({ error }) => error === undefined).map((one) => one.at);
    if (open.length > 0)
      return missing(
        `It is for this machine alone, and ${open.join(', ')} answers.`,
        'Take away what forwards that port: a container’s, a web server’s, a tunnel’s',
      );
    if (bare.error !== undefined)
      return warning(`${at} does not answer: ${bare.error}.`, 'Start the role; its log says why not');
    if (watch.isOpen && bare.status === 200)
      return missing(`${at} tells everybody.`, 'watch.token_file in the settings, and restart');
    return ok(watch.isOpen ? `${at}, for whoever has the token` : `${at}, this machine alone`);
  },
};
