import type { InsideFault } from '../../../agent/executor/probe.ts';

/** What was found, and what a job could do with it. */
export const FOUND_INSIDE: Readonly<Record<InsideFault, string>> = {
  unreadable: 'it could not read what the kernel says of it',
  seccomp: 'no filter of system calls is on it',
  'other-filter':
    'another filter of system calls than Sallyport’s is on it, which lets through what that one leaves out',
  'no-new-privileges': 'it may gain privileges by a set-user-id program',
  capabilities: 'it has capabilities of root',
  'root-user': 'it runs as another user than it was told',
  users: 'its users are not numbered as zone.yml says',
  'writable-root': 'it may write to its image',
  mounts: 'something of this host is mounted into it',
  network: 'it has a network',
  'engine-socket': 'the engine’s socket is in it: whoever reaches that is root here',
  apparmor: 'AppArmor does not hold it',
};
