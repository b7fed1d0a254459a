/** Check runs and suites. */
import type { Api } from '../http/api.ts';
import { created, json, ok, page, signed, wholeNumber, type Answer, type RepoCall } from '../http/call.ts';
import { parseCheck } from '../state/check-fields.ts';
import { isFailure, notFound, type Failure } from '../state/failure.ts';
import type { CheckRun, CheckSuite, Signed } from '../state/model.ts';
import { resolve } from './code.ts';

export function checkRoutes(api: Api): void {
  api.onRepo('post', '/check-runs', 'metadata.read', async (call) => {
    const fields = parseCheck(json(call));
    // Who may write is asked first: a person's malformed call is 403, not 422.
    const run = await call.state.checks.create(call.actor, call.repo, fields);
    return isFailure(run) ? run : created(call.state.present.checkRun(call.repo, run));
  });

  api.onRepo('patch', '/check-runs/:id', 'metadata.read', (call) => {
    const run = runOf(call);
    if (!run) return notFound();
    const no = call.state.checks.update(call.actor, call.repo, run, parseCheck(json(call)));
    return no ?? ok(call.state.present.checkRun(call.repo, run));
  });

  api.onRepo('get', '/check-runs/:id', 'checks.read', (call) => {
    const run = runOf(call);
    return run ? ok(call.state.present.checkRun(call.repo, run)) : notFound();
  });

  api.onRepo('get', '/check-runs/:id/annotations', 'checks.read', (call) => {
    const run = runOf(call);
    if (!run) return notFound();
    const { items, headers } = page(call, run.annotations);
    return ok(
      items.map((one) => call.state.present.annotation(call.repo, run, one)),
      headers,
    );
  });

  api.onRepo('post', '/check-runs/:id/rerequest', 'metadata.read', (call) =>
    pressed(call, (by) => {
      const run = runOf(call);
      return run ? call.state.checks.rerequest(by, call.repo, run) : notFound();
    }),
  );

  api.onRepo('post', '/check-suites/:id/rerequest', 'metadata.read', (call) =>
    pressed(call, (by) => {
      const suite = suiteOf(call);
      return suite ? call.state.checks.rerequestSuite(by, call.repo, suite) : notFound();
    }),
  );

  api.onRepo('get', '/check-suites/:id', 'checks.read', async (call) => {
    const suite = suiteOf(call);
    if (!suite) return notFound();
    await call.state.repos.git(call.repo).commitAt(suite.headSha);
    return ok(call.state.present.checkSuite(call.repo, suite));
  });

  api.onRepo('get', '/check-suites/:id/check-runs', 'checks.read', (call) => {
    const suite = suiteOf(call);
    if (!suite) return notFound();
    return listed(call, call.state.checks.runsIn(call.repo, suite, call.query.get('filter') !== 'all'));
  });

  api.onRepo('get', '/commits/*ref/check-runs', 'checks.read', async (call) => {
    const commit = await resolve(call, call.params['ref'] ?? '');
    if (isFailure(commit)) return commit;
    return listed(call, call.state.checks.runsFor(call.repo, commit.sha, call.query.get('filter') !== 'all'));
  });

  api.onRepo('get', '/commits/*ref/check-suites', 'checks.read', async (call) => {
    const commit = await resolve(call, call.params['ref'] ?? '');
    if (isFailure(commit)) return commit;
    const app = call.query.get('app_id');
    const suites = call.state.checks
      .suitesFor(call.repo, commit.sha)
      .filter((suite) => !app || suite.app === Number(app));
    const { items, headers } = page(call, suites);
    return ok(
      {
        total_count: suites.length,
        check_suites: items.map((suite) => call.state.present.checkSuite(call.repo, suite)),
      },
      headers,
    );
  });
}

function listed(call: RepoCall, runs: readonly CheckRun[]): Answer {
  const [name, status, app] = ['check_name', 'status', 'app_id'].map((key) => call.query.get(key));
  const wanted = runs.filter(
    (run) =>
      (!name || run.name === name) && (!status || run.status === status) && (!app || run.app === Number(app)),
  );
  const { items, headers } = page(call, wanted);
  return ok(
    {
      total_count: wanted.length,
      check_runs: items.map((run) => call.state.present.checkRun(call.repo, run)),
    },
    headers,
  );
}

function pressed(call: RepoCall, press: (by: Signed) => Failure | undefined): Answer | Failure {
  const by = signed(call);
  if (isFailure(by)) return by;
  return press(by) ?? created({});
}

function runOf(call: RepoCall): CheckRun | undefined {
  return call.repo.checks.get(wholeNumber(call.params['id']));
}

function suiteOf(call: RepoCall): CheckSuite | undefined {
  return call.repo.suites.get(wholeNumber(call.params['id']));
}
