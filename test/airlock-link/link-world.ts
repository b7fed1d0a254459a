/** A link between an airlock's room on paper and a hub that is real, stopped after each test. */
import { afterEach } from '@jest/globals';
import { Link, type HubPort, type LinkParts } from '../../agent/airlock/link/link.ts';
import { orderReview } from '../../src/outputs/outputs.ts';
import { HubUnreachable } from '../../src/protocol/protocol.ts';
import type { TestDatabase } from '../support/database.ts';
import { LinkRoomOnPaper, steppedHub } from '../support/link-room.ts';
import {
  aDeclaration,
  anOutputsWorld,
  aShownRelease,
  aStep,
  CHECKER_1,
  FIGURE,
  REQUEST,
  serveAirlocks,
  TABLE,
  value,
  type HubDoor,
  type OutputsWorld,
} from '../support/outputs.ts';

export let door: HubDoor | undefined;

export const stopping: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
  await door?.close();
  door = undefined;
});

export async function aHubOver(
  database: TestDatabase,
): Promise<{ world: OutputsWorld; room: LinkRoomOnPaper }> {
  const world = await anOutputsWorld(database);
  door = await serveAirlocks(world);
  return { world, room: new LinkRoomOnPaper() };
}

export function aLink(world: OutputsWorld, room: LinkRoomOnPaper, given: Partial<LinkParts> = {}): Link {
  return new Link({
    room,
    hub: door!.client(),
    clock: world.clock,
    logger: world.deps.logger,
    version: '1',
    pollMs: 0,
    pause: async () => undefined,
    ...given,
  });
}

/** A hub that does not answer while `away`. */
export function aHubThatGoes(hub: HubPort): { hub: HubPort; state: { away: boolean } } {
  const state = { away: false };
  const gate = () => {
    if (state.away) throw new HubUnreachable(4);
  };
  return { hub: steppedHub(hub, gate), state };
}

export async function order(world: OutputsWorld, id: string): Promise<void> {
  value(
    await orderReview(world.deps, {
      id,
      backend: 'schools',
      actor: CHECKER_1,
      deed: { type: 'claim', request: REQUEST },
    }),
  );
}

/** A request that waits to be shown, and its batch that waits to be sent. */
export function aRelease(room: LinkRoomOnPaper, bytes: readonly Buffer[] = [TABLE, FIGURE]) {
  room.show(aShownRelease({ events: [aStep(1, 'created'), aStep(9, 'releasing', { batch: 1 })] }));
  return room.queue(aDeclaration(), bytes);
}
