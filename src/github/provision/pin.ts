/**
 * Pins an issue: the one call of GitHub's GraphQL, which REST does not have. Best effort: what GitHub says
 * against it is for the log, and nothing depends on it.
 */
import type { RepoRef } from '../repo.ts';
import type { Room } from '../room.ts';

const PIN = 'mutation($id: ID!) { pinIssue(input: {issueId: $id}) { issue { number } } }';

/** What was said against it; undefined: it is pinned. */
export async function pinIssue(room: Room, repo: RepoRef, number: number): Promise<string | undefined> {
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
