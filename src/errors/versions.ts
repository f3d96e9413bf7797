import { answer, type Entry, entry } from './entry.ts'

/** Versions of APIs. */
export const versionsErrors = {
  version_missing: answer(403, 'Version information not found'),
  version_unknown: entry(
    403,
    'This API version does not seem to exist',
    (d: { version: string }) => `This API version does not seem to exist: found "${d.version}"`,
  ),
  version_api_missing: entry(
    404,
    'This API version does not seem to exist',
    (d: { version: string; apiId: string }) =>
      `Serve the version "${d.version}" failed: it is the API "${d.apiId}", which is not loaded; load it, or take the version out of definition.versions`,
  ),
  version_not_listed: entry(
    404,
    'This API version does not seem to exist',
    (d: { version: string }) =>
      `This API version does not seem to exist: found "${d.version}", which definition.versions does not name`,
  ),
  version_expired: answer(403, 'Api Version has expired, please check documentation or contact administrator'),
  api_expired: answer(403, 'API has expired, please check documentation or contact administrator'),
  path_leaves_version: entry(
    400,
    'Malformed request path',
    (d: { path: string }) => `Find the version in the path "${d.path}" failed: dot segments reach the segment that names it`,
  ),
} satisfies Record<string, Entry<never>>
