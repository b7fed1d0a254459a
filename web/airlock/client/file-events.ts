/** What a page and its file view say to each other. */

/** Asked of a view by the page around it: `detail` is a place, or absent for the search. */
export const GO_TO = 'sallyport:go-to';
export const SEARCH = 'sallyport:search';
/** Told by a view once its file was reported as shown. */
export const SHOWN = 'sallyport:shown';
