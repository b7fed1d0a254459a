/**
 * The face of this room: what a deployment says of its tables, and dummy data made from that. Pure; no data is ever read.
 */
export { RESERVED, tableFaults, type TableFault } from './faults.ts';
export { generate, MOST_ROWS, type Asked, type MadeTable } from './generate.ts';
export { publish, publishOne, readPublished } from './read.ts';
export { kindOf, tablesOf } from './relations.ts';
export {
  GENERATOR,
  tablesFile,
  tablesJsonSchema,
  type Column,
  type ColumnType,
  type DatasetTables,
  type PublishedTables,
  type Table,
} from './schema.ts';
export {
  createSql,
  csvField,
  csvPieces,
  insertPieces,
  schemasIn,
  sqlName,
  sqlText,
  tableInSql,
} from './write.ts';
