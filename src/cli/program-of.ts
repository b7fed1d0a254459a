/** A program of these commands: what all of them have in common. */
import { Command, Help, type Option } from 'commander';
import { withExamples } from './examples.ts';
import type { Register } from './laptop-commands.ts';
import { refuseLooseTls } from './secure.ts';
import { version } from './version.ts';

export function programOf(commands: readonly Register[]): Command {
  const root = new Command('sallyport')
    .description(
      'A GitHub-native trusted research environment: code comes in, approved results go out, data never moves.',
    )
    .version(version)
    .showSuggestionAfterError(true)
    .configureHelp({ optionDescription: inWords })
    .showHelpAfterError('(add --help for what can be written here)')
    .exitOverride();
  for (const register of commands) register(root);
  for (const command of root.commands) {
    command.exitOverride();
    // The root reads its own options first, for the sake of `exec`, and its commands would take that over. A host's
    // file may stand before or after what is asked of it: `agent freeze --zone zone.yml` must never fail for its order.
    command.enablePositionalOptions(false);
  }
  withExamples(root);
  refuseLooseTls(root);
  return root;
}

const HELP = new Help();

/** Of an option that is off or empty unless it is given, "default: false" tells nobody anything. */
function inWords(option: Option): string {
  const { defaultValue } = option;
  const isNothing = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  const told = isNothing ? (Object.create(option, { defaultValue: { value: undefined } }) as Option) : option;
  return HELP.optionDescription(told);
}
