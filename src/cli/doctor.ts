/** `sallyport doctor`: what is missing or wrong on this machine, each with the command that mends it. */
import { Argument, type Command } from 'commander';
import type { Diagnosis } from './doctor-work.ts';

/** Each has its own list of checks; see doctor-work.ts. */
export const ROLES = ['laptop'] as const;
export type Role = (typeof ROLES)[number];

export interface DoctorFlags {
  projectDir: string;
  json: boolean;
}

const MORE = `
Each line is ✓ right, ! worth a look, ✗ needed and missing, or – not looked at, and says how it is mended. For a laptop
nothing is asked of the network; nothing is changed anywhere.

Exit codes:
  0  nothing that is needed is missing
  1  something is
  2  the command line is wrong`;

/** What only hosts have, who bring it along: a laptop's single file has none of it. */
export interface HostDoctor {
  roles: readonly string[];
  more: string;
  diagnose(role: string, file: string | undefined): Promise<Diagnosis[]>;
}

export const registerDoctor = (root: Command): void => doctorCommand(root, undefined);

export function doctorCommand(root: Command, hosts: HostDoctor | undefined): void {
  const command = root
    .command('doctor')
    .description(
      'say what is missing or wrong on this machine, for a study or as a host, and how it is mended',
    )
    .addArgument(
      new Argument('[role]', 'what this machine is to be')
        .choices([...ROLES, ...(hosts?.roles ?? [])])
        .default('laptop'),
    )
    .option('--json', 'print one JSON object', false)
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .addHelpText('after', (hosts?.more ?? '') + MORE);
  if (hosts) command.option('--config <file>', 'settings of the host, when they are not in /etc/sallyport');
  command.action(async (role: string, flags: DoctorFlags & { config?: string }) => {
    const { mayColor } = await import('./colors.ts');
    const { doctor, show } = await import('./doctor-work.ts');
    const shown = { out: process.stdout, color: await mayColor() };
    process.exitCode =
      hosts && role !== 'laptop'
        ? await show(role, await hosts.diagnose(role, flags.config), flags.json, shown)
        : await doctor('laptop', flags, shown);
  });
}
