/** Token of {@link ReadModels}: the pool that all queries of this lib take first, and the way to wait for a position. */
export const READ_MODELS = Symbol('READ_MODELS');
