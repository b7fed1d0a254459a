/** `setup` on this process's terminal. */
import { mayColor } from '../colors.ts';
import { person } from './ask.ts';
import type { SetupRole } from './role.ts';
import { ownFolder, setup, type SetupFlags } from './work.ts';

export async function runSetup(role: SetupRole, flags: SetupFlags): Promise<number> {
  const { default: picocolors } = await import('picocolors');
  const paint = picocolors.createColors(await mayColor());
  const asks = !flags.yes && !flags.dryRun && process.stdin.isTTY && process.stdout.isTTY;
  if (!flags.dryRun) ownFolder(flags.dir);
  const somebody = asks ? person({ input: process.stdin, output: process.stdout }, paint) : undefined;
  try {
    return await setup(role, flags, { out: process.stdout, person: somebody, paint, now: Date.now() });
  } finally {
    somebody?.leave();
  }
}
