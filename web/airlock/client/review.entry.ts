/** Pages on which requests are reviewed. */
import { mountReview } from './review.ts';

for (const root of document.querySelectorAll<HTMLElement>('[data-review]')) mountReview(root);
