/** Systems of codes as the registry's default branch has them: read when they have changed. */
import { MAX_BYTES } from '../../codelists/codelists.ts';
import { takeSystem } from '../../registry/registry.ts';
import { keepSetting, settingOf, type Room } from '../room.ts';
import type { RegistryClient } from './calls.ts';

/** Whether there are other codes now. */
export async function takeSystems(room: Room, { files }: RegistryClient): Promise<boolean> {
  const seen = await files.describe();
  const commit = seen && (await files.branchHead(seen.defaultBranch));
  const folder = commit && (await files.folder('systems', commit));
  if (!commit || !folder) return false;
  let changed = false;
  for (const { name, type, sha } of folder) {
    const id = /^([a-z0-9._-]+)\.csv$/.exec(name)?.[1];
    if (type !== 'file' || id === undefined) continue;
    // Read once: a system may be of twenty megabytes, and it is looked for every few minutes.
    const key = `codelist-system:${id}`;
    if ((await settingOf<string>(room.db, key)) === sha) continue;
    const bytes = await files.file(`systems/${name}`, commit, MAX_BYTES);
    if (bytes === undefined || bytes === 'too-large') continue;
    const taken = await takeSystem(room.db, { id, bytes, commit, now: room.clock.now() });
    changed ||= taken === 'taken';
    if (taken === 'faulty')
      room.logger.error(
        { code: 'codelists.system', system: id, commit },
        'A system of codes has faults and stays as it was',
      );
    await keepSetting(room.db, key, sha, room.clock.now());
  }
  return changed;
}
