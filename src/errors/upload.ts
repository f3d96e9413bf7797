import { answer, type Entry, entry } from './entry.ts'

/** Plugins that are uploaded through the admin API. */
export const uploadErrors = {
  upload_name_unfit: asSaid(
    400,
    (d: { name: string; expected: string }) =>
      `Upload a plugin failed: found the name ${JSON.stringify(d.name.slice(0, 120))}, expected ${d.expected}`,
  ),
  upload_refused: asSaid(400, (d: { reason: string }) => `The artifact is refused, and nothing is changed. ${d.reason}`),
  upload_too_large: asSaid(
    413,
    (d: { limit: number }) =>
      `Upload a plugin failed: the artifact is larger than plugin_upload_max_size (${d.limit} bytes); raise it, or make the plugin smaller`,
  ),
  upload_not_found: asSaid(404, (d: { name: string }) => `No plugin was uploaded as "${d.name}"; GET /tyk/plugins lists them`),
  upload_in_use: asSaid(
    409,
    (d: { name: string; apis: readonly string[] }) =>
      `Delete the uploaded plugin "${d.name}" failed: it is used by ${d.apis.map((id) => `"${id}"`).join(', ')}; take it out of their definitions and reload first`,
  ),
  uploads_exceeded: asSaid(
    409,
    (d: { limit: number }) => `Upload a plugin failed: there are ${d.limit} already, the most there may be; delete one first`,
  ),
  upload_busy: answer(503, 'Another upload is under way, or a gateway died in one; try again in a minute'),
  upload_not_announced: asSaid(
    503,
    (d: { name: string }) =>
      `"${d.name}" is changed, but the other gateways could not be told, and see it when they reload; try GET /tyk/reload/group`,
  ),
  upload_not_kept: entry(
    500,
    'The uploaded plugin could not be written to data_path; the log says why',
    (d: { folder: string; reason: string }) =>
      `Keep an uploaded plugin in "${d.folder}" failed: ${d.reason}; let the gateway's user write below data_path`,
  ),
  upload_missing: entry(
    500,
    null,
    (d: { path: string; name: string; gateway: string }) =>
      `Load the artifact "${d.path}" failed: nothing was uploaded under that name for gateway ${d.gateway}; upload it: curl -T plugin.js -H "X-Tyk-Authorization: $SECRET" http://gateway:8181/tyk/plugins/${d.name}`,
  ),
  upload_lost: entry(
    500,
    null,
    (d: { path: string; name: string; sha256: string; folder: string }) =>
      `Load the artifact "${d.path}" failed: neither the store nor "${d.folder}" has the content with the digest ${d.sha256.slice(0, 12)}; upload it anew: PUT /tyk/plugins/${d.name}`,
  ),
  uploads_forgotten: entry(
    500,
    null,
    (d: { names: string }) =>
      `Look for uploaded plugins in the store failed: it knows of none, as if it had lost them; what this gateway has (${d.names}) stays in use, and the next upload puts all of it back`,
  ),
} satisfies Record<string, Entry<never>>

/** One whose log text is the client's text as well. */
function asSaid<Details>(status: number, message: (details: Details) => string): Entry<Details> {
  return entry(status, message, message)
}
