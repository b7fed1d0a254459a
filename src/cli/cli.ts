/** The command line: one program, one subcommand per role. */
import { main } from './main.ts';
import { program } from './program.ts';

await main(program(), process.argv);
