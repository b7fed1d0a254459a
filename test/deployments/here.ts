/** The deployment that this run of the tests is about: `schools`, or the one that SALLYPORT_TEST_DEPLOYMENT names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const DEPLOYMENTS = ['schools', 'health'] as const;
export type DeploymentName = (typeof DEPLOYMENTS)[number];

export const HERE = nameOf(process.env['SALLYPORT_TEST_DEPLOYMENT'] || 'schools');

function nameOf(text: string): DeploymentName {
  const found = DEPLOYMENTS.find((name) => name === text);
  if (!found) throw new Error(`SALLYPORT_TEST_DEPLOYMENT is "${text}"; there are: ${DEPLOYMENTS.join(', ')}`);
  return found;
}

/** Beside this file; bundled, beneath the checkout that the benches run in. */
const folder = (name: DeploymentName): string => {
  const beside = path.join(import.meta.dirname, name);
  return existsSync(beside) ? beside : path.resolve('test', 'deployments', name);
};

/** Its governance repository: files by path, with `{{key.agent}}` where the public key of that name goes. */
export function governanceOf(
  name: DeploymentName,
  keys: Record<string, { publicText: string }>,
): Record<string, string> {
  const root = path.join(folder(name), 'governance');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yml'),
  );
  return Object.fromEntries(
    files.sort().map((file) => [
      file.split(path.sep).join('/'),
      readFileSync(path.join(root, file), 'utf8').replace(/\{\{key\.(\w+)\}\}/g, (_, key: string) => {
        const pair = keys[key];
        if (!pair) throw new Error(`${file} of ${name} names the key ${key}, which is not made`);
        return pair.publicText;
      }),
    ]),
  );
}

/** Every name of it, by what it names. */
export function namesOf(name: DeploymentName): Record<string, string> {
  const text = readFileSync(path.join(folder(name), 'names.json'), 'utf8');
  return (JSON.parse(text) as { names: Record<string, string> }).names;
}

/** What the numbers in its files come to, for tests that count with them. */
export interface Numbers {
  closingDays: number;
  alertAfterMs: number;
  threshold: number;
  rounding: number;
  maxFile: number;
  csvRows: number;
  imageWarnDays: number;
  limits: Record<'cpus' | 'memoryBytes' | 'pids' | 'diskBytes' | 'timeMs' | 'logBytes', number>;
}
export const NUMBERS = JSON.parse(readFileSync(path.join(folder(HERE), 'numbers.json'), 'utf8')) as Numbers;
