/** Brings the images of a study up to date before a run, by the engine's own command: that knows its logins. */
import { spawn } from 'node:child_process';
import { DEFAULT_REGISTRY } from '../../agent/runner/compat.ts';
import { tagOf, type ImageName } from '../pipeline/pipeline.ts';
import { imagesHere } from './check-images.ts';

/** A runner that has just started its engine takes its time. */
const PATIENCE_MS = 10_000;

type Say = (title: string, lines: readonly string[]) => void;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * The name each image is looked for by first; of what could not be pulled only what is there otherwise. That a pull
 * fails is said, and whether it matters is seen when the run looks for its images.
 */
export async function pullImages(images: readonly ImageName[], env: Env, say: Say): Promise<string[]> {
  const registry = env['SALLYPORT_IMAGES'] ?? DEFAULT_REGISTRY;
  const used: string[] = [];
  for (const { name, tag } of images) {
    const image = `${registry}/${name}:${tagOf(tag)}`;
    const { ok, lines } =
      (await pull('docker', image, env)) ?? (await pull('podman', image, env)) ?? NO_COMMAND;
    say(ok ? `pulled ${image}` : `could not pull ${image}`, lines);
    const there = ok || (await isHere({ name, tag }, env));
    if (there) used.push(image);
  }
  return used;
}

async function isHere(image: ImageName, env: Env): Promise<boolean> {
  const here = await imagesHere([image], env, PATIENCE_MS);
  return (here?.present.length ?? 0) > 0;
}

interface Pulled {
  ok: boolean;
  lines: string[];
}

const NO_COMMAND: Pulled = { ok: false, lines: ['Neither docker nor podman is a command here.'] };

/** Undefined when there is no such command. */
function pull(command: string, image: string, env: Env): Promise<Pulled | undefined> {
  return new Promise((resolve) => {
    // As words, without a shell: a name of an image is no command.
    const child = spawn(command, ['pull', '--quiet', image], {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (more: string) => (text += more.slice(0, 10_000)));
    }
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve({ ok: code === 0, lines: text.trimEnd().split('\n').slice(-20) }));
  });
}
