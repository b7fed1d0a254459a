export const OPERATIONS: readonly string[];
export const EVENTS: readonly string[];
