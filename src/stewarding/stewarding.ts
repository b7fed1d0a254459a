/**
 * What the hub asks of the steward beside releases, kept until it has answered.
 *
 * The steward asks for it with its own poll and looks for itself whether merged governance allows it. Asking
 * twice for the same thing asks once; what it answers is told to whoever asked in the transaction that notes it.
 */
export { askSteward, taskOf, type Asking, type TaskState } from './ask.ts';
export { dueTasks, nextTaskAt, takeTaskReport, type TaskAnswers, type ToldTask, type Why } from './answer.ts';
