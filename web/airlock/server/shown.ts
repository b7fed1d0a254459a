/** `POST /shown`: the page says that it drew the file of this load. Only the session it was made for may. */
import type { AirlockRoom } from '../../../agent/airlock/face.ts';
import type { Pages } from '../parts.ts';
import type { Looks } from './looks.ts';

/** How long the report waits for the delivery it is about: they end at about the same moment. */
const WAIT_MS = 5000;

export function shownRoute(pages: Pages, room: AirlockRoom, looks: Looks): void {
  pages.post('/shown', async (visit) => {
    const look = looks.byLoad(visit.form.text('load'), visit.session.id);
    const ended = look ? await Promise.all(look.deliveries.map((delivery) => within(WAIT_MS, delivery))) : [];
    const complete = ended.filter((load) => load !== undefined);
    for (const load of complete) await room.drawn(visit.session, load);
    visit.json({ shown: complete.length > 0 });
  });
}

async function within(ms: number, delivery: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([delivery.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
