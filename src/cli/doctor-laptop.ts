/** What a laptop needs for the study at hand: one check after the other, none of which asks the network. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { isRefusal } from '../lib/refusal.ts';
import { missing, ok, skipped, warning, type Answer, type Check } from './doctor-check.ts';
import { fileOf, type Finding } from './check-path.ts';
import { lookAtMachine, said, type Disk, type Machine } from './machine.ts';
import { sizeText } from './size-text.ts';

export interface LaptopFacts extends Machine {
  now: number;
  /** `core.autocrlf` of the study's folder; undefined when nobody set it. */
  autocrlf: string | undefined;
  /** Whether `.gitattributes` says how lines end. */
  attributes: boolean;
  /** The name of the person's shell, and where its completion would be. */
  shell: { name: string; completed: boolean } | undefined;
}

export async function laptopFacts(dir: string): Promise<LaptopFacts> {
  const machine = await lookAtMachine(dir);
  return {
    ...machine,
    now: Date.now(),
    autocrlf: machine.git === undefined ? undefined : await said('git', ['config', 'core.autocrlf'], dir),
    attributes: /^\*\s.*\b(?:text=auto|eol=lf)\b/m.test(textOf(path.join(dir, '.gitattributes'))),
    shell: shellOf(process.env['SHELL'] ?? '', homedir()),
  };
}

const GIB = 1024 ** 3;
const MINUTE = 60_000;
/** The default of `run --memory`, for each of two actions at a time. */
const ACTION_MEMORY = 4 * GIB;
const NEEDS_NODE = [20, 19] as const;

type LaptopCheck = Check<LaptopFacts>;

/** In the order in which one would mend them. */
export const LAPTOP_CHECKS: readonly LaptopCheck[] = [
  { id: 'node', title: 'Node', ask: ({ node }) => nodeAnswer(node) },
  {
    id: 'git',
    title: 'git',
    ask: ({ git }) =>
      git === undefined
        ? missing('git is not installed, or not on the PATH.', INSTALL_GIT[process.platform] ?? 'Install git')
        : ok(git),
  },
  { id: 'engine', title: 'container engine', ask: engineAnswer },
  { id: 'engine.memory', title: 'memory', ask: memoryAnswer },
  { id: 'engine.limits', title: 'limits', ask: limitsAnswer },
  { id: 'disk', title: 'disk', ask: ({ disk }) => diskAnswer(disk, 'of the study') },
  {
    id: 'engine.disk',
    title: 'disk of images',
    ask: ({ engine, engineDisk }) =>
      isRefusal(engine) || !engineDisk
        ? skipped('nobody here can say')
        : diskAnswer(engineDisk, 'of the engine'),
  },
  { id: 'clock', title: 'clock', ask: clockAnswer },
  { id: 'project', title: 'project.yaml', ask: (facts) => findingsAnswer(facts, 'project') },
  { id: 'codelists', title: 'codelists', ask: (facts) => findingsAnswer(facts, 'codelists') },
  { id: 'images', title: 'images', ask: imagesAnswer },
  { id: 'line-endings', title: 'line endings', ask: lineEndings },
  { id: 'completion', title: 'completion', ask: ({ shell }) => completionAnswer(shell) },
];

const INSTALL_GIT: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'sudo apt-get install git',
  darwin: 'xcode-select --install',
  win32: 'winget install Git.Git',
};

function nodeAnswer(version: string): Answer {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor, needMinor] = NEEDS_NODE;
  return major > needMajor || (major === needMajor && minor >= needMinor)
    ? ok(version)
    : missing(`This is Node ${version}; ${needMajor}.${needMinor} or newer is needed.`, 'nvm install --lts');
}

function engineAnswer({ engine }: LaptopFacts): Answer {
  if (isRefusal(engine)) return missing(engine.says, engine.next);
  const name = engine.kind === 'podman' ? 'Podman' : 'Docker';
  return ok(`${name} ${engine.version}${engine.rootless ? ', rootless' : ''} (${engine.where})`);
}

function memoryAnswer({ engine, memoryBytes }: LaptopFacts): Answer {
  if (isRefusal(engine)) return skipped('the engine does not answer');
  const bytes = engine.memoryBytes || memoryBytes;
  if (bytes >= ACTION_MEMORY) return ok(`${sizeText(bytes)} for containers`);
  return warning(
    `Containers have ${sizeText(bytes)} in all, and an action may take ${sizeText(ACTION_MEMORY)}.`,
    'sallyport run run_all --concurrency 1 --memory 1G',
  );
}

function limitsAnswer({ engine }: LaptopFacts): Answer {
  if (isRefusal(engine)) return skipped('the engine does not answer');
  const { memory, pids } = engine.limits;
  if (memory && pids) return ok('actions can be held to their memory and processes');
  const what = [...(memory ? [] : ['memory']), ...(pids ? [] : ['number of processes'])].join(' and ');
  return warning(
    `This engine cannot hold an action to its ${what}.`,
    engine.rootless
      ? 'Let the system give its cgroup controllers to you (systemd: Delegate=cpu memory pids for user@.service)'
      : 'Start the system with cgroup v2',
  );
}

/** Below this nothing works; below ten times that a few images fill it. */
const DISK_NEEDED = GIB;

function diskAnswer(disk: Disk | undefined, whose: string): Answer {
  if (!disk) return skipped('nobody here can say');
  const says = `${sizeText(disk.freeBytes)} free of ${sizeText(disk.totalBytes)}`;
  if (disk.freeBytes < DISK_NEEDED)
    return missing(`The disk ${whose} is full: ${says}.`, 'sallyport clean --images');
  if (disk.freeBytes < 10 * DISK_NEEDED)
    return warning(`The disk ${whose} is nearly full: ${says}.`, 'sallyport clean --images');
  return ok(says);
}

function clockAnswer({ engine, now }: LaptopFacts): Answer {
  if (isRefusal(engine) || engine.now === undefined)
    return skipped('there is no second clock to compare it with');
  const off = Math.abs(engine.now - now);
  if (off < MINUTE) return ok('the engine says the same time');
  return warning(
    `The engine's clock differs by ${Math.round(off / MINUTE)} min: files would be newer or older than they are.`,
    'Start the engine anew: its machine has slept',
  );
}

/** `check` says where and why; here it is only whether. */
function findingsAnswer({ study }: LaptopFacts, of: 'project' | 'codelists'): Answer {
  if (!study) return skipped('there is no project.yaml in this folder');
  const isOfIt = ({ file }: Finding): boolean => (file === undefined) === (of === 'project');
  const errors = study.checked.findings.filter((each) => each.severity === 'error' && isOfIt(each));
  const [first] = errors;
  if (!first) return ok(rightText(study.checked.actions, of, existsSync(path.join(study.dir, 'codelists'))));
  const place = path.relative(study.dir, fileOf(study.checked, first));
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return missing(
    `${place}, line ${first.line}: ${first.message}${more}`,
    of === 'codelists' ? 'sallyport codelists update' : 'sallyport check',
  );
}

function rightText(actions: number | undefined, of: 'project' | 'codelists', has: boolean): string {
  if (of === 'codelists') return has ? 'as they were downloaded' : 'none, which is fine';
  return `right, ${actions ?? 0} ${actions === 1 ? 'action' : 'actions'}`;
}

function imagesAnswer({ study, engine }: LaptopFacts): Answer {
  if (!study) return skipped('there is no project.yaml in this folder');
  if (isRefusal(engine)) return skipped('the engine does not answer');
  const away = study.images.filter(({ here }) => !here);
  if (away.length === 0) return ok(study.images.map(({ image }) => image).join(', ') || 'none is needed');
  return missing(
    `Not on this machine: ${away.map(({ image }) => image).join(', ')}.`,
    'sallyport images pull',
  );
}

function lineEndings({ autocrlf, attributes, git }: LaptopFacts): Answer {
  if (git === undefined) return skipped('git is not there');
  if (autocrlf?.toLowerCase() !== 'true' || attributes) return ok('files stay as they are written');
  return warning(
    'git turns line endings into those of Windows (core.autocrlf), which programs in containers trip over.',
    'git config core.autocrlf input && git checkout-index --force --all',
  );
}

/** Where each shell looks by itself, or where its own file would source it. */
function shellOf(program: string, home: string): LaptopFacts['shell'] {
  const name = path.basename(program);
  const at = (file: string): boolean => existsSync(path.join(home, file));
  if (name === 'bash') {
    const file = '.local/share/bash-completion/completions/sallyport';
    return { name, completed: at(file) || sources(home, '.bashrc') };
  }
  if (name === 'zsh') return { name, completed: sources(home, '.zshrc') };
  if (name === 'fish') return { name, completed: at('.config/fish/completions/sallyport.fish') };
  return undefined;
}

const sources = (home: string, file: string): boolean => /sallyport/.test(textOf(path.join(home, file)));

const INSTALL_COMPLETION: Readonly<Record<string, string>> = {
  bash: 'mkdir -p ~/.local/share/bash-completion/completions && sallyport completion bash > ~/.local/share/bash-completion/completions/sallyport',
  zsh: 'sallyport completion zsh > ~/.sallyport-completion && echo "source ~/.sallyport-completion" >> ~/.zshrc',
  fish: 'mkdir -p ~/.config/fish/completions && sallyport completion fish > ~/.config/fish/completions/sallyport.fish',
};

function completionAnswer(shell: LaptopFacts['shell']): Answer {
  if (!shell) return skipped('for bash, zsh and fish');
  if (shell.completed) return ok(`in ${shell.name}`);
  return warning(`Tab completes nothing of sallyport in ${shell.name}.`, INSTALL_COMPLETION[shell.name]!);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
