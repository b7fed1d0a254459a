/** Cases of `doctor <role>` that fail: certificates at doors, what the engine holds, who reads how a role is. */
import { facts, silence, there, type Row } from './host.ts';

const trust = (more: object) => ({ trust: { ...facts('agent').trust!, ...more } });
const watch = (more: object) => ({ watch: { ...facts('hub').watch!, ...more } });
const OPEN = { at: '10.0.0.5:9464', isOpen: true, elsewhere: [] };

export const doors: readonly Row[] = [
  [
    'proxy',
    'door.clients',
    'a door that asks nobody',
    { barred: there('https://egress') },
    'missing',
    /https:\/\/egress answers without/,
    /Restart the proxy/,
  ],
  [
    'agent',
    'door.clients',
    'a proxy that asks nobody',
    { barred: there('https://egress', { status: 403 }) },
    'missing',
    /answers without a certificate/,
    /client_ca_file/,
  ],
  [
    'agent',
    'docker.trust',
    'an engine that was given nothing',
    trust({ lacking: ['ca.crt', 'client.key'] }),
    'missing',
    /egress\.example\.edu: ca\.crt, client\.key/,
    /setup zone/,
  ],
  [
    'agent',
    'docker.trust',
    'a key for everybody',
    trust({ open: ['/d/client.key'] }),
    'missing',
    /Others may read \/d\/client\.key/,
    /chmod 600 \/d\/client\.key/,
  ],
  [
    'agent',
    'docker.trust',
    'an authority of yesterday',
    trust({ door: { at: 'https://egress/v2/', error: 'its certificate is not of a trusted authority' } }),
    'missing',
    /does not open: its certificate/,
    /setup zone/,
  ],
  [
    'hub',
    'watch',
    'a port that is forwarded',
    watch({ elsewhere: [there('10.0.0.2:9464'), silence('fd00::1:9464')] }),
    'missing',
    /this machine alone, and 10\.0\.0\.2:9464 answers/,
    /forwards that port/,
  ],
  [
    'airlock',
    'watch',
    'one that tells everybody',
    watch({ ...OPEN, bare: there('https://10.0.0.5:9464/metrics') }),
    'missing',
    /tells everybody/,
    /token_file/,
  ],
  [
    'proxy',
    'watch',
    'one that is not up',
    watch({ bare: silence('127.0.0.1:9464') }),
    'warning',
    /does not answer: silence/,
    /Start the role/,
  ],
];
