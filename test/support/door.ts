/** The hub's door, from GitHub's side. */
import { createHmac, randomUUID } from 'node:crypto';
import { SECRET, type World } from './world.ts';

/** Signed, and a push of its own, unless the headers say otherwise. */
export function knock(
  world: World,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${world.hub.url}/webhooks`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: {
      'x-github-delivery': randomUUID(),
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      ...headers,
    },
  });
}

/** What GitHub sent last of this event, changed and sent again as another delivery. */
export async function sendAgain<Payload extends object>(
  world: World,
  event: string,
  change: (payload: Payload) => void,
): Promise<void> {
  const app = world.sandbox.state.apps.named('sallyport');
  const sent = world.sandbox.state.hooks.log
    .of(app?.id ?? 0, Date.now())
    .find((each) => each.event === event);
  if (!sent) throw new Error(`no ${event} was sent`);
  const payload = JSON.parse(sent.body) as Payload;
  change(payload);
  const answer = await knock(world, JSON.stringify(payload), { 'x-github-event': event });
  if (answer.status !== 202) throw new Error(`the hub answered ${answer.status}`);
  await world.settle();
}
