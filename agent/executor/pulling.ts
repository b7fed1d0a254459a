/** Has the engine fetch an image, and reads what it says on the way. Who is asked for it, and why, is others' affair. */
import { statusOf, wordsOf, type Engine } from './engine.ts';
import { EngineLost } from './executor.ts';

/** One line of the engine's. */
export interface Said {
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
  errorDetail?: { message?: string };
}

export interface PullLogin {
  username?: string;
  password?: string;
  serveraddress?: string;
}

/** The engine's words when it could not; undefined: it is here now. Throws when the signal fires, and EngineLost. */
export async function pullImage(
  engine: Engine,
  address: string,
  login: PullLogin | undefined,
  hear: (said: Said) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const stream = (await engine.pull(address, {
      ...(login ? { authconfig: login } : {}),
      abortSignal: signal,
    })) as AsyncIterable<Buffer>;
    for await (const said of messages(stream)) {
      const fault = said.errorDetail?.message ?? said.error;
      if (fault !== undefined) return fault;
      hear(said);
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) !== undefined) return wordsOf(error);
    throw new EngineLost('fetching an image', { cause: error });
  }
}

/** One JSON object per line; a line that is none is the engine's affair. */
async function* messages(stream: AsyncIterable<Buffer>): AsyncIterable<Said> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const chunk of stream) {
    held += decoder.decode(chunk, { stream: true });
    const lines = held.split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) yield* saidIn(line);
  }
  yield* saidIn(held);
}

function saidIn(line: string): Said[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as Said] : [];
  } catch {
    return [];
  }
}
