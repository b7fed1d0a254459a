/**
 * The public log repository: where checkpoints and entries of the log are kept, out of reach of the hub that writes it.
 *
 * The steward commits to it (steward/public-log.ts), anybody reads it (`sallyport log verify --since <clone>`).
 */
export {
  alarmFile,
  CHECKPOINT,
  checkpointFiles,
  checkpointPaths,
  dayAfter,
  EXPORTED,
  exportFiles,
  introduction,
  KEY,
  parseExported,
  README,
  type Exported,
  type LogFile,
} from './layout.ts';
