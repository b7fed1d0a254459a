/** The work that P1, P2 and P3 share: a chain of small actions, and the same as bare `docker run`. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildNodeImage } from '../../agent/images/node-image.ts';

export const LENGTH = 10;
/** How the project names the image; the engine knows it under the same name. */
export const IMAGE = 'bench:v1';

export function dockerAnswers(): boolean {
  return spawnSync('docker', ['version'], { stdio: 'ignore' }).status === 0;
}

/** A shell and `mkdir`, so that the program in the container costs next to nothing. */
export const benchRecipe = {
  name: 'bench',
  files: [],
  entry: ['/bin/sh'],
  programs: ['/bin/sh', '/bin/mkdir'],
};

/** Makes the image and gives it the name of the project. */
export async function benchImage(): Promise<void> {
  const made = await buildNodeImage(benchRecipe);
  spawnSync('docker', ['tag', made.image, IMAGE]);
}

/** The shell words of one action: what `run` says after the image. */
const script = (index: number): string => `mkdir -p output && echo a,b > output/step_${index}.csv`;

/** A study of so many actions, each needing the one before. */
export function chainProject(length = LENGTH): string {
  const lines = ['version: 5', 'actions:'];
  for (let index = 0; index < length; index += 1) {
    lines.push(`  step_${index}:`, `    run: ${IMAGE} -c "${script(index)}"`);
    if (index > 0) lines.push(`    needs: [step_${index - 1}]`);
    lines.push('    outputs:', '      highly_sensitive:', `        table: output/step_${index}.csv`);
  }
  return `${lines.join('\n')}\n`;
}

/** The same work by `docker run`, one after the other, with the folder mounted and no network. */
export async function bareChain(length = LENGTH): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-bare-'));
  mkdirSync(path.join(folder, 'output'));
  try {
    for (let index = 0; index < length; index += 1) await bareRun(folder, script(index));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function bareRun(folder: string, words: string): Promise<void> {
  await command('docker', [
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    `${folder}:/workspace`,
    '--user',
    '0:0',
    IMAGE,
    '-c',
    words,
  ]);
}

/** Runs to the end; rejects with what the program wrote when it fails. */
export function command(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${text.slice(-2000)}`)),
    );
  });
}
