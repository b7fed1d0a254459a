/** Scripts for shells. Commands and options are written into them; names of actions are asked for when Tab is pressed. */
import type { Command } from 'commander';
import { Refused } from '../lib/refusal.ts';
import { shownCommands } from './commands.ts';
import { readStudy } from './study.ts';

/** Commands whose words are actions of the study one stands in. */
const WITH_ACTIONS = ['run', 'plan', 'explain', 'dag'];
const ASK = 'sallyport complete-actions 2>/dev/null';

export function completionScript(root: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  if (shell === 'fish') return fish(root);
  // zsh takes a completion of bash through its own bridge.
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${bash(root)}` : bash(root);
}

/** Names of a study that cannot be read are none: whoever presses Tab wants no lecture. */
export function actionNames(folder: string): string[] {
  try {
    return ['run_all', ...readStudy(folder).actions.map(({ name }) => name)];
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

/** What can come next, and what is said of it. */
function wordsOf(command: Command): { word: string; says: string }[] {
  const help = command.createHelp();
  const commands = help
    .visibleCommands(command)
    .map((each) => ({ word: each.name(), says: each.description() }));
  const options = help
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ word: long, says: description }] : []));
  return [...commands, ...options];
}

function bash(root: Command): string {
  const all = shownCommands(root);
  const steps = all.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const words = all.map(({ path, command }) => {
    const list = wordsOf(command).map(({ word }) => word);
    return `    "${path}") words="${list.join(' ')}" ;;`;
  });
  return `# Completion of sallyport for bash.
_sallyport() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" path="" word words=""
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${steps.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${words.join('\n')}
  esac
  case "$path" in
    ${WITH_ACTIONS.join('|')}) words="$words $(${ASK})" ;;
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$cur") )
}
complete -o default -F _sallyport sallyport
`;
}

function fish(root: Command): string {
  const lines = shownCommands(root).flatMap(({ path, command }) => {
    const names = path.split(' ').filter(Boolean);
    const inside = names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    const when = names.length === 0 ? '__fish_use_subcommand' : inside;
    return wordsOf(command).map(({ word, says }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c sallyport -n ${quoted(when)} ${what} -d ${quoted(says)}`;
    });
  });
  const actions = `complete -c sallyport -n ${quoted(`__fish_seen_subcommand_from ${WITH_ACTIONS.join(' ')}`)} -f -a '(${ASK})'`;
  return `# Completion of sallyport for fish.\n${[...lines, actions].join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
