/**
 * The command line: one program, one subcommand per role. Each command file is small and imports its
 * composition only when it runs, so that `check` and `--help` start in the time Node itself takes.
 */
import { Command, CommanderError } from 'commander';
import { isRefusal, refusalText } from '../lib/refusal.ts';
import { registerAgent } from './agent.ts';
import { registerAirlock } from './airlock.ts';
import { registerCheck } from './check.ts';
import { registerCodelists } from './codelists.ts';
import { registerDag } from './dag.ts';
import { registerDemo } from './demo.ts';
import { registerDisclose } from './disclose.ts';
import { registerExplain } from './explain.ts';
import { registerHub } from './hub.ts';
import { registerKeygen } from './keygen.ts';
import { registerLog } from './log.ts';
import { registerPlan } from './plan.ts';
import { registerProxy } from './proxy.ts';
import { registerRun } from './run.ts';
import { registerSandbox } from './sandbox.ts';
import { registerSatre } from './satre.ts';
import { refuseLooseTls } from './secure.ts';
import { registerSteward } from './steward.ts';
import { registerVerifyRelease } from './verify-release.ts';
import { version } from './version.ts';

const EXIT_USAGE = 2;

function program(): Command {
  const root = new Command('sallyport')
    .description(
      'A GitHub-native trusted research environment: code comes in, approved results go out, data never moves.',
    )
    .version(version)
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for what can be written here)')
    .exitOverride();
  for (const register of [
    registerCheck,
    registerPlan,
    registerExplain,
    registerDag,
    registerCodelists,
    registerRun,
    registerDemo,
    registerDisclose,
    registerHub,
    registerProxy,
    registerSteward,
    registerVerifyRelease,
    registerAgent,
    registerAirlock,
    registerKeygen,
    registerLog,
    registerSandbox,
    registerSatre,
  ]) {
    register(root);
  }
  for (const command of root.commands) command.exitOverride();
  refuseLooseTls(root);
  return root;
}

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** A refusal is for the person; anything else is a bug and shows where. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const no = (error as { refusal?: unknown } | undefined)?.refusal;
  if (isRefusal(no)) {
    process.stderr.write(`sallyport: ${refusalText(no)}\n`);
    return 1;
  }
  process.stderr.write(
    `sallyport: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}

await main(process.argv);
