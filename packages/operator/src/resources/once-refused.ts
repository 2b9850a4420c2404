import { ApiError, type Logger } from '@tinysystems/kubernetes';

/**
 * The log of a cache, without the storm: that its kind may not be read, or does not exist, is said once, with what to
 * do about it, and after that at debug level only, for as long as the cache keeps trying.
 */
export function onceRefused(logger: Logger, onRefusal: (advice: string) => void): Logger {
  let isSaid = false;
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    error: (fields, message) => logger.error(fields, message),
    warn: (fields, message) => {
      const advice = adviceOn(fields);
      if (advice === undefined) return logger.warn(fields, message);
      if (isSaid) return logger.debug(fields, message);
      isSaid = true;
      logger.warn({ ...fields, advice }, message);
      onRefusal(advice);
    },
  };
}

function adviceOn(fields: { readonly resource?: unknown; readonly err?: unknown }): string | undefined {
  const { resource, err } = fields;
  if (ApiError.isForbidden(err))
    return `${String(resource)} may not be read: allow the module's ServiceAccount to get, list and watch them`;
  if (ApiError.isNotFound(err))
    return `the API server does not know ${String(resource)}: install the chart tinysystems-crds`;
  return undefined;
}
