/** The command line: one program, one subcommand per role. */
import { seconds } from '../lib/clock.ts';
import { main } from './main.ts';
import { program } from './program.ts';

await main(program(), process.argv);
// Whoever could not begin ends, whatever it has opened: a connection to a database would keep it, and whoever restarts it waits for its end.
if (process.exitCode) setTimeout(() => process.exit(), seconds(2)).unref();
