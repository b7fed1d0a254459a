/** What the bytes of files hold, read from git as a stream: no file is ever in memory as a whole. */
import { GitFailed, gitStream } from '../lib/git.ts';
import { SecretLook, type SecretKind } from '../visibility/visibility.ts';

const LINE = 10;

/** Of those in which something was found. Throws GitFailed, also when one of them is not there. */
export async function secretsIn(
  dir: string,
  objects: readonly string[],
  timeoutMs: number,
): Promise<Map<string, SecretKind[]>> {
  const found = new Map<string, SecretKind[]>();
  if (objects.length === 0) return found;
  const running = gitStream(['cat-file', '--batch'], { dir, timeoutMs, input: `${objects.join('\n')}\n` });
  try {
    for await (const { object, kinds } of looks(running.stdout))
      if (kinds.length > 0) found.set(object, kinds);
    await running.done;
  } catch (error) {
    running.stop();
    throw error;
  }
  return found;
}

/** `<object> blob <size>`, a line end, so many bytes, a line end; and the next. */
async function* looks(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<{ object: string; kinds: SecretKind[] }> {
  let header = '';
  let left = 0;
  let look: SecretLook | undefined;
  for await (const chunk of stream)
    for (let at = 0; at < chunk.length; ) {
      if (!look) {
        const end = chunk.indexOf(LINE, at);
        header += chunk.toString('latin1', at, end === -1 ? chunk.length : end);
        at = end === -1 ? chunk.length : end + 1;
        if (end === -1) continue;
        left = sizeIn(header);
        look = new SecretLook();
      } else if (left > 0) {
        const end = Math.min(chunk.length, at + left);
        look.push(chunk.toString('latin1', at, end));
        left -= end - at;
        at = end;
      } else {
        yield { object: header.slice(0, 40), kinds: look.kinds() };
        [header, look] = ['', undefined];
        at += 1;
      }
    }
}

function sizeIn(header: string): number {
  const size = /^[0-9a-f]{40} \w+ (\d+)$/.exec(header)?.[1];
  if (size === undefined) throw new GitFailed('cat-file', 'failed', 'an object is missing');
  return Number(size);
}
