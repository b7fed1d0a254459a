/**
 * The only maker of GitHub-shaped JSON, for REST answers and webhook payloads alike, so that one
 * correction serves both. Checked against GitHub's published schemas in test/sandbox.
 *
 * Built in layers, one file each: accounts and repositories, code, Apps, talk, releases, and checks here.
 */
import type { Annotation, CheckRun, CheckSuite, Repo } from '../state/model.ts';
import { time, timeOrNull, type Json } from './accounts.ts';
import { encodePath } from './code.ts';
import { ReleasePresenter } from './releases.ts';

export { time, timeOrNull, type Json } from './accounts.ts';

export class Presenter extends ReleasePresenter {
  checkRun(repo: Repo, run: CheckRun): Json {
    const url = `${this.apiRepo(repo)}/check-runs/${run.id}`;
    const page = `${this.web(repo)}/runs/${run.id}`;
    return {
      id: run.id,
      name: run.name,
      node_id: this.nodeId('CheckRun', run.id),
      head_sha: run.headSha,
      external_id: run.externalId,
      url,
      html_url: page,
      details_url: run.detailsUrl ?? this.state.data.apps.get(run.app)?.url ?? page,
      status: run.status,
      conclusion: run.conclusion,
      started_at: time(run.startedAt),
      completed_at: timeOrNull(run.completedAt),
      output: {
        title: run.title,
        summary: run.summary,
        text: run.text,
        annotations_count: run.annotations.length,
        annotations_url: `${url}/annotations`,
      },
      check_suite: { id: run.suite },
      app: this.appById(run.app),
      pull_requests: this.pullsOf(repo, run.headSha),
    };
  }

  /** Payloads carry the suite in short. The buttons are nowhere: GitHub does not give them back. */
  hookCheckRun(repo: Repo, run: CheckRun): Json {
    const suite = repo.suites.get(run.suite);
    return {
      ...this.checkRun(repo, run),
      check_suite: suite ? this.#simpleSuite(repo, suite) : { id: run.suite },
    };
  }

  checkSuite(repo: Repo, suite: CheckSuite): Json {
    return { ...this.#suite(repo, suite), repository: this.repo(repo) };
  }

  hookCheckSuite(repo: Repo, suite: CheckSuite): Json {
    return { ...this.#suite(repo, suite), rerequestable: true, runs_rerequestable: true };
  }

  annotation(repo: Repo, run: CheckRun, annotation: Annotation): Json {
    return {
      path: annotation.path,
      blob_href: `${this.web(repo)}/blob/${run.headSha}/${encodePath(annotation.path)}`,
      start_line: annotation.startLine,
      start_column: annotation.startColumn,
      end_line: annotation.endLine,
      end_column: annotation.endColumn,
      annotation_level: annotation.level,
      title: annotation.title,
      message: annotation.message,
      raw_details: annotation.rawDetails,
    };
  }

  pullsOf(repo: Repo, sha: string): Json[] {
    return this.state.pulls
      .all(repo)
      .filter((pull) => pull.state === 'open' && pull.pull.headSha === sha)
      .map((pull) => this.pullMinimal(repo, pull));
  }

  #simpleSuite(repo: Repo, suite: CheckSuite): Json {
    const verdict = this.state.checks.verdict(repo, suite);
    return {
      id: suite.id,
      node_id: this.nodeId('CheckSuite', suite.id),
      head_branch: suite.headBranch,
      head_sha: suite.headSha,
      status: verdict.status,
      conclusion: verdict.conclusion,
      url: `${this.apiRepo(repo)}/check-suites/${suite.id}`,
      before: suite.before,
      after: suite.after,
      pull_requests: this.pullsOf(repo, suite.headSha),
      app: this.appById(suite.app),
      created_at: time(suite.createdAt),
      updated_at: time(suite.updatedAt),
    };
  }

  #suite(repo: Repo, suite: CheckSuite): Json {
    const commit = this.state.repos.git(repo).known(suite.headSha);
    return {
      ...this.#simpleSuite(repo, suite),
      latest_check_runs_count: this.state.checks.runsIn(repo, suite, true).length,
      check_runs_url: `${this.apiRepo(repo)}/check-suites/${suite.id}/check-runs`,
      head_commit: commit ? this.simpleCommit(commit) : null,
    };
  }
}
