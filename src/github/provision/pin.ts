/**
 * Pins an issue: the one call of GitHub's GraphQL, which REST does not have. Best effort: what GitHub says
 * against it is for the log, and nothing depends on it.
 */
import type { RepoRef } from '../repo.ts';
import type { Room } from '../room.ts';
import type { Show } from '../show.ts';

const PIN = 'mutation($id: ID!) { pinIssue(input: {issueId: $id}) { issue { number } } }';

/** Tried once for an issue: it is a courtesy, and people may take the pin off again. */
export async function pinOnce(show: Show, key: string, number: number): Promise<void> {
  const { room, client } = show;
  const pinned = `pin:${key}:${number}`;
  if (await show.kept(pinned, 'pin')) return;
  await show.intend(pinned, 'pin');
  const failed = await show.write('update', () => pinIssue(room, client.repo, number));
  if (failed !== undefined)
    room.logger.info(
      { code: 'github.not-pinned', repository: client.repo.id, number, says: failed },
      'An issue could not be pinned',
    );
}

/** What was said against it; undefined: it is pinned. */
async function pinIssue(room: Room, repo: RepoRef, number: number): Promise<string | undefined> {
  try {
    const octokit = await room.app.forInstallation(repo.installation);
    const { data } = await octokit.rest.issues.get({
      owner: repo.owner,
      repo: repo.name,
      issue_number: number,
    });
    await octokit.graphql(PIN, { id: data.node_id });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : 'no words';
  }
}
