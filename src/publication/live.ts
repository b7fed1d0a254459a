import { sql, type SQL } from 'drizzle-orm';

/** In which states a publication makes its files public, before as after the steward has put them on GitHub. */
export const LIVE_STATES = ['approved', 'published'] as const;
/** In which an identical set is not drafted again. */
export const OPEN_STATES = ['draft', ...LIVE_STATES] as const;

export const isLive = (): SQL => sql`publications.state in ('approved', 'published')`;
