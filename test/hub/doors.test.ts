/** Every door of a hub at which programs of ours knock, and the versions of the protocol that it says and hears there. */
import { afterEach, expect, test } from '@jest/globals';
import {
  AIRLOCK_PATHS,
  OPERATOR_PATHS,
  spokenText,
  STEWARD_PATHS,
  VERSION_HEADER,
  ZONE_PATHS,
} from '../../src/protocol/protocol.ts';
import { STEWARD_ROUND_PATH } from '../../src/protocol/steward-rounds.ts';
import { onOneDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

const { upload, ...airlock } = AIRLOCK_PATHS;
const DOORS: Record<string, string[]> = {
  zone: [...Object.values(ZONE_PATHS), ...Object.values(airlock), `${upload}/${'a'.repeat(16)}-1/1`],
  steward: [...Object.values(STEWARD_PATHS), STEWARD_ROUND_PATH],
  operator: Object.values(OPERATOR_PATHS),
};
const NEWER = '1.2-1.3';
const OLDER = '0.8-0.9';

let world: World;
afterEach(() => world.stop());

onOneDatabase((open) => {
  async function knock(path: string, spoken?: string) {
    const answer = await fetch(`${world.config().origin}${path}`, {
      method: 'POST',
      body: '{}',
      headers: spoken === undefined ? {} : { [VERSION_HEADER]: spoken },
    });
    const { code, says, next } = (await answer.json()) as { code: string; says: string; next: string };
    return { status: answer.status, says, next, code, hub: answer.headers.get(VERSION_HEADER) };
  }

  test('each says what the hub speaks, and tells whoever it has nothing in common with which side to upgrade', async () => {
    world = await aWorld({ database: await open() });
    const told = new Set<string>();
    for (const [asker, paths] of Object.entries(DOORS))
      for (const path of paths) {
        const newer = await knock(path, NEWER);
        expect({ path, ...newer }).toMatchObject({ path, status: 400, code: 'protocol.hub-too-old' });
        const older = await knock(path, OLDER);
        expect({ path, ...older }).toMatchObject({ path, status: 400, code: `protocol.${asker}-too-old` });
        const garbled = await knock(path, `${spokenText()}, ${spokenText()}`);
        expect({ path, ...garbled }).toMatchObject({
          path,
          status: 400,
          code: 'protocol.versions-malformed',
        });
        for (const answer of [newer, older, garbled]) expect(answer.hub).toBe(spokenText());
        for (const { says, next } of [newer, older]) told.add(`${says} ${next}`);
      }
    expect([...told].join('\n')).toMatchInlineSnapshot(`
     "The hub speaks versions 1.0-1.1 of the protocol, the zone 1.2-1.3: they have none in common. Upgrade the hub, one minor version after the other; jobs that run go on meanwhile.
     The hub speaks versions 1.0-1.1 of the protocol, the zone 0.8-0.9: they have none in common. Upgrade the programs of the zone (agent and airlock), one minor version after the other; jobs that run go on meanwhile.
     The hub speaks versions 1.0-1.1 of the protocol, the steward 1.2-1.3: they have none in common. Upgrade the hub, one minor version after the other; jobs that run go on meanwhile.
     The hub speaks versions 1.0-1.1 of the protocol, the steward 0.8-0.9: they have none in common. Upgrade the steward, one minor version after the other; jobs that run go on meanwhile.
     The hub speaks versions 1.0-1.1 of the protocol, this command 1.2-1.3: they have none in common. Upgrade the hub, one minor version after the other; jobs that run go on meanwhile.
     The hub speaks versions 1.0-1.1 of the protocol, this command 0.8-0.9: they have none in common. Upgrade the program whose command this is, one minor version after the other; jobs that run go on meanwhile."
    `);
  });

  test('whoever says nothing is from before there was a version, and one minor version apart is let in, to be looked at', async () => {
    world = await aWorld({ database: await open() });
    for (const path of Object.values(DOORS).flat())
      for (const spoken of [undefined, '1.0-1.0', '1.1-1.2', spokenText()]) {
        const { status, code } = await knock(path, spoken);
        // Without a token nobody comes further; the version is no longer in the way.
        expect({ path, spoken, code }).toEqual({ path, spoken, code: 'protocol.token-missing' });
        expect(status).toBe(401);
      }
  });
});
