/** `sallyport doctor`: what is missing or wrong on this machine, each with the command that mends it. */
import { Argument, type Command } from 'commander';

/** Each has its own list of checks; see doctor-work.ts. */
export const ROLES = ['laptop'] as const;
export type Role = (typeof ROLES)[number];

export interface DoctorFlags {
  projectDir: string;
  json: boolean;
}

const MORE = `
Each line is ✓ right, ! worth a look, ✗ needed and missing, or – not looked at, and says how it is mended. Nothing is
asked of the network, and nothing is changed.

Exit codes:
  0  nothing that is needed is missing
  1  something is
  2  the command line is wrong`;

export function registerDoctor(root: Command): void {
  root
    .command('doctor')
    .description('say what is missing or wrong on this machine for a study, and how it is mended')
    .addArgument(new Argument('[role]', 'what this machine is to be').choices(ROLES).default('laptop'))
    .option('--json', 'print one JSON object', false)
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .addHelpText('after', MORE)
    .action(async (role: Role, flags: DoctorFlags) => {
      const { mayColor } = await import('./colors.ts');
      const { doctor } = await import('./doctor-work.ts');
      const color = await mayColor();
      process.exitCode = await doctor(role, flags, { out: process.stdout, color });
    });
}
