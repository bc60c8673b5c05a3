// How a picture is looked at: what page.ts and who asks it have to agree on.

// Pictures are worked on at half of this to this many pixels a side: smaller ones as they are,
// larger ones reduced. A line of sixty digits then has twenty for each.
export const MAX_SIDE = 1280;

// How ink is told from paper: any of these together.
/** The ground changes abruptly, at the edges of shadows and sheets; else it is one surface. */
export const LOCAL = 1;
/** Ruled lines are taken out. */
export const UNRULED = 2;
/** Ink is all that stands out of the noise well, even beside something much darker. */
export const FAINT = 4;
/** Ink is only what is darker than other things that stand out, such as printed lines. */
export const DARK = 8;
