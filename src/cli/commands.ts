/** The commands of a program as a person sees them: those that are hidden, and `help`, are left out. */
import type { Command } from 'commander';

export interface Shown {
  /** Without the name of the program: `log verify`; empty for the program itself. */
  path: string;
  command: Command;
}

export function shownCommands(root: Command): Shown[] {
  return below({ path: '', command: root });
}

function below(shown: Shown): Shown[] {
  const { path, command } = shown;
  const visible = command.createHelp().visibleCommands(command);
  const own = visible.filter((each) => each.name() !== 'help');
  return [shown, ...own.flatMap((each) => below({ path: `${path} ${each.name()}`.trim(), command: each }))];
}
