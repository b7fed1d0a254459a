/**
 * `POST /webhooks`: the door through which GitHub's news comes.
 *
 * GitHub records a failure after 10 s and never redelivers by itself, so: read the bytes, check the
 * signature over them, store, answer 202. Nothing is parsed before the signature holds, and nothing is
 * done before the answer.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Db } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { storeDelivery } from './inbox.ts';

/** GitHub's cap: it drops larger events itself. */
export const MOST_BYTES = 25 * 1024 * 1024;

export interface WebhookDoor {
  db: Db;
  clock: Clock;
  logger: Logger;
  /** The current one first, the previous one while it is being rotated. */
  secrets: readonly string[];
  /** Called after a delivery was stored. */
  stored(): void;
}

export async function receiveWebhook(
  door: WebhookDoor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = (status: number, says: string) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(status === 413 && { connection: 'close' }),
    });
    response.end(JSON.stringify({ message: says }));
  };
  const guid = header(request, 'x-github-delivery');
  const event = header(request, 'x-github-event');
  if (!/^[0-9A-Za-z-]{8,80}$/.test(guid)) return answer(400, 'X-GitHub-Delivery is missing');
  if (!/^[a-z_]{1,60}$/.test(event)) return answer(400, 'X-GitHub-Event is missing');
  const body = await readBody(request);
  if (body === 'too-large') return answer(413, 'A delivery may hold at most 25 MB');
  if (body === 'broken') return (response.destroy(), undefined);
  if (!isSigned(body, header(request, 'x-hub-signature-256'), door.secrets)) {
    door.logger.warn(
      { code: 'webhook.bad-signature', delivery: guid, event },
      'A delivery was not signed by our secret',
    );
    return answer(401, 'The signature does not fit');
  }
  const payload = body.toString('utf8');
  const outcome = await storeDelivery(
    door.db,
    { guid, event, payload, repositoryId: repositoryOf(payload) },
    door.clock.now(),
  );
  answer(202, outcome);
  if (outcome !== 'known') door.stored();
}

export function isSigned(body: Uint8Array, signature: string, secrets: readonly string[]): boolean {
  if (!/^sha256=[0-9a-f]{64}$/.test(signature)) return false;
  const given = Buffer.from(signature.slice('sha256='.length), 'hex');
  // Every secret is tried, so that the time does not tell which one fits.
  return secrets
    .map((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given))
    .some(Boolean);
}

/** Only says which deliveries wait for each other; a body that is no JSON is kept and parked by the worker. */
function repositoryOf(payload: string): number | null {
  try {
    const id: unknown = (JSON.parse(payload) as { repository?: { id?: unknown } } | null)?.repository?.id;
    return Number.isSafeInteger(id) ? (id as number) : null;
  } catch {
    return null;
  }
}

function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | 'broken'> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) {
    // Read on and forget it, or the sender sees a broken line instead of the answer.
    request.resume();
    return Promise.resolve('too-large');
  }
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= MOST_BYTES) parts.push(part);
      else parts.length = 0;
    });
    request.on('end', () => resolve(size > MOST_BYTES ? 'too-large' : Buffer.concat(parts)));
    request.on('error', () => resolve('broken'));
    request.on('close', () => resolve('broken'));
  });
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}
