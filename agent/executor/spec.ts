/** What must hold of a job before any executor touches it: names and paths are checked where they are used. */
import path from 'node:path';
import { ID_PATTERN } from '../../src/lib/ids.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { JobSpec } from './executor.ts';
import { badSpec } from './words.ts';

/** `usersFrom`: the first user that containers have, where the engine renumbers them. */
export function faultOf(spec: JobSpec, usersFrom = 0): Refusal | undefined {
  if (!ID_PATTERN.test(spec.id)) return badSpec('its id is not sixteen letters and digits');
  if (!path.isAbsolute(spec.workDir)) return badSpec('its folder is not an absolute path');
  const { uid, gid } = spec.user;
  if (!Number.isInteger(uid) || !Number.isInteger(gid) || uid <= usersFrom || gid <= usersFrom) {
    return badSpec('it would run as root');
  }
  const unlimited = Object.entries(spec.limits).find(([, value]) => !Number.isFinite(value) || value <= 0);
  if (unlimited) return badSpec(`the limit ${unlimited[0]} is not set`);
  const stray = spec.readOnlyFiles.find((file) => !isBeneath(file.path) || !path.isAbsolute(file.source));
  if (stray) return badSpec('an input lies outside the workspace');
  return undefined;
}

/** A relative path that stays where it starts. */
function isBeneath(relative: string): boolean {
  return (
    relative.length > 0 &&
    !relative.includes('\0') &&
    !path.posix.isAbsolute(relative) &&
    relative.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
