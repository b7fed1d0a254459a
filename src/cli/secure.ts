/** No command begins in a process whose TLS was loosened from outside. */
import type { Command } from 'commander';
import { Refused } from '../lib/refusal.ts';
import { tlsRefusal } from '../lib/tls.ts';

export function refuseLooseTls(root: Command, env = process.env): void {
  root.hook('preAction', () => {
    const no = tlsRefusal(env);
    if (no) throw new Refused(no);
  });
}
