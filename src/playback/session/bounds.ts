/** Items of a queue. */
export const MOST_ITEMS = 20_000;
/** Items that one command brings or names: with them it stays below 256 KiB. */
export const MOST_ITEMS_A_COMMAND = 5_000;
export const MOST_SIDE_DECKS = 7;
export const MOST_OUTPUTS = 64;
/** Senders whose commands are told apart from their copies; the one that was silent longest is forgotten first. */
export const MOST_INSTANCES = 128;
export const MOST_REFUSALS = 8;
export const MOST_DEEDS = 20;
export const LONGEST_CROSSFADE_MS = 12_000;
/** A track of two days. */
export const LONGEST_ITEM_MS = 172_800_000;
export const LONGEST_DELAY_MS = 2_000;
export const LONGEST_LEAD_MS = 2_000;
/** Beyond this, "previous" means the start of the same item. */
export const RESTART_AFTER_MS = 3_000;
/** What a hand-over gives the one that goes on to fetch and decode, besides its lead. */
export const HANDOVER_MS = 1_000;
/** How long an output that was handed over from is still named. */
export const FAREWELL_MS = 10_000;
/** How far back an output alone may say where it was. */
export const ANCHOR_REACH_MS = 10_000;
/** What is believed to have passed between two records of different clocks; an output then says where it is. */
export const MOST_BETWEEN_CLOCKS_MS = 60_000;
