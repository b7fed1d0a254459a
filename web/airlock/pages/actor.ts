/** Doing what a form asked for, as the person who sent it. */
import type { AirlockRoom, Command } from '../../../agent/airlock/face.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { Actor } from '../../../src/release/types.ts';
import type { Visit } from '../parts.ts';

export function actorOf({ person, session }: Pick<Visit, 'person' | 'session'>): Actor {
  return { kind: 'person', id: person.id, session };
}

type Wish = Command extends infer C ? (C extends { by: Actor } ? Omit<C, 'by'> : never) : never;

/** Goes back with a message, or says why not. */
export async function act(
  visit: Visit,
  room: AirlockRoom,
  request: string,
  wish: Wish,
  done: { to: string; message: string },
): Promise<void> {
  const answer = await room.command(request, { ...wish, by: actorOf(visit) } as Command);
  if (isRefusal(answer)) return visit.refuse(answer);
  visit.back(done.to, done.message);
}
