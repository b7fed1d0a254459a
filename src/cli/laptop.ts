/** The entry of the single file: the commands of a laptop, with nothing beside them. */
import { LAPTOP } from './laptop-commands.ts';
import { main } from './main.ts';
import { programOf } from './program-of.ts';

await main(programOf(LAPTOP), process.argv);
