/** Every command of an operator, and what else each needs so that nothing but the reason is missing. */

export type Words = readonly string[];
export type OperatorRole = 'hub' | 'agent' | 'airlock' | 'proxy' | 'steward';

const BACKEND = ['north'];
const JOB = ['abcdefghijklmnop'];

/** `looks`: changes nothing, and nobody has to say why. */
export const OPERATOR_COMMANDS: Record<OperatorRole, Record<string, 'looks' | Words>> = {
  hub: {
    backends: 'looks',
    list: 'looks',
    inspect: 'looks',
    verify: 'looks',
    pause: BACKEND,
    unpause: BACKEND,
    kill: JOB,
    requeue: JOB,
    maintenance: [...BACKEND, 'on'],
    'prepare-for-reboot': [...BACKEND, '--yes'],
    backup: ['--to', 'backup'],
    restore: ['--from', 'backup'],
    reconcile: [],
    drain: [],
  },
  agent: {
    list: 'looks',
    inspect: 'looks',
    disk: 'looks',
    verify: 'looks',
    // Without a reason it only lists.
    retention: 'looks',
    backup: ['--to', 'backup'],
    restore: ['--from', 'backup'],
    'archive-workspace': ['main', '--to', 'file'],
    'restore-workspace': ['main', '--from', 'file'],
    freeze: [],
    unfreeze: [],
    drain: [],
  },
  airlock: {
    verify: 'looks',
    backup: ['--to', 'backup'],
    restore: ['--from', 'backup'],
    passkey: ['1a2b'],
    freeze: [],
    unfreeze: [],
  },
  proxy: {},
  steward: {},
};

/** Leave no entry: they show what the operator of that host can read anyway. */
const LOOKS: Words = ['hub backends', 'hub list', 'hub inspect', 'agent list', 'agent inspect', 'agent disk'];

/** `hub pause`, …: all that have to be on record, those that only verify included. */
export const ON_RECORD: Words = Object.entries(OPERATOR_COMMANDS)
  .flatMap(([role, commands]) => Object.keys(commands).map((name) => `${role} ${name}`))
  .filter((command) => !LOOKS.includes(command));
