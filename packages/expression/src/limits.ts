/** Longest source of one expression, in UTF-16 code units (64 KiB). */
export const MAX_SOURCE_LENGTH = 64 * 1024;

/** Deepest nesting of brackets, calls, signs and branches in an expression, and of containers in a template. */
export const MAX_NESTING = 64;

/** Most binary operators in one expression: a chain of them is a tree as high as it is long. */
export const MAX_OPERATORS = 1000;

/** Largest string an expression or an interpolation may build, in UTF-8 bytes (1 MiB). */
export const MAX_STRING_BYTES = 1024 * 1024;

/** Work one evaluation may do: about one step per visited value or 8 visited characters, some 100 ns each. */
export const MAX_STEPS = 100_000;

/** Deepest data that descent and comparison follow. */
export const MAX_DATA_DEPTH = 1000;

/** Longest regular expression, in characters. */
export const MAX_PATTERN_LENGTH = 1000;

/** Largest product of a pattern's size and its counted repetitions, which bounds the compiled program. */
export const MAX_PATTERN_SIZE = 20_000;

/** What listing one key of an object is worth, in steps. */
export const KEY_STEPS = 3;
