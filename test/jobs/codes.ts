/** What the tests of the zone's side share. */
import { requestView } from '../../src/jobs/jobs.ts';
import { AGENT_KEY, type World } from '../support/jobs.ts';

export const TWO_AGENTS = ['agent-1', 'agent-2'].map((id) => ({ id, key: AGENT_KEY.publicText }));

export async function codes(world: World, request: string): Promise<Record<string, string>> {
  const view = await requestView(world.deps, request);
  return Object.fromEntries(view?.jobs.map(({ action, code }) => [action, code]) ?? []);
}
