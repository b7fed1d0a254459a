/** What a deployment says of itself, from its hub or from a file. Whatever it says ends in files of a study: it is read strictly. */
import { readFileSync, statSync } from 'node:fs';
import { request } from 'undici';
import { limitedText } from '../lib/limited-text.ts';
import { seconds } from '../lib/clock.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, Refused } from '../lib/refusal.ts';
import { DeploymentFacts } from '../skeleton/deployment.ts';
import { no } from './init-words.ts';

const MOST = 1024 * 1024;
const PATIENCE_MS = seconds(15);

/** Throws Refused `init.deployment-…` and `origin.…`. */
export async function deploymentAt(place: string, patienceMs = PATIENCE_MS): Promise<DeploymentFacts> {
  const text = /^https?:\/\//i.test(place) ? await fromHub(place, patienceMs) : fromFile(place);
  try {
    return DeploymentFacts.parse(JSON.parse(text));
  } catch (error) {
    throw new Refused(no.invalid(place), { cause: error });
  }
}

async function fromHub(place: string, patienceMs: number): Promise<string> {
  const origin = parseOrigin(place);
  if (isRefusal(origin)) throw new Refused(origin);
  try {
    const { statusCode, body } = await request(`${origin}/deployment.json`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    // Redirects are not followed: another host is another deployment.
    if (statusCode === 200) return await limitedText(body as AsyncIterable<Uint8Array>, MOST);
    await body.dump();
  } catch (error) {
    throw new Refused(no.away(origin), { cause: error });
  }
  throw new Refused(no.invalid(origin));
}

function fromFile(file: string): string {
  try {
    const stats = statSync(file);
    if (stats.isFile() && stats.size <= MOST) return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refused(no.unreadable(file, (error as NodeJS.ErrnoException).code ?? 'unknown error'));
  }
  throw new Refused(no.invalid(file));
}
