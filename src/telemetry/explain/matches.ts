import type { RequestFilter } from '../../control/admin/requests.ts'
import type { KeptRequest } from './kept-request.ts'

/** Whether a request is one of those that are asked for. */
export function matches(request: KeptRequest, filter: RequestFilter): boolean {
  const { status, api, method, path, code, step, slowerThan } = filter
  if (status !== undefined && !isOfStatus(request.status, status)) return false
  if (api !== undefined && request.apiId !== api) return false
  if (method !== undefined && request.method !== method.toUpperCase()) return false
  if (path !== undefined && !request.path.startsWith(path)) return false
  if (request.totalMs < slowerThan) return false
  if (step !== undefined && !stepsOf(request).some(({ name }) => name === step)) return false
  return code === undefined || codesOf(request).includes(code)
}

/** @param wanted a status, or a class of them: `5xx` */
function isOfStatus(status: number, wanted: string): boolean {
  return wanted.endsWith('xx') ? String(status).startsWith(wanted.charAt(0)) : String(status) === wanted
}

/** What the request and its steps failed with. */
function codesOf(request: KeptRequest): (string | null | undefined)[] {
  const { error, pluginFailures } = request
  return [error?.code, ...pluginFailures.map((each) => each.code), ...stepsOf(request).map((each) => each.code)]
}

function stepsOf({ trace }: KeptRequest) {
  return trace?.steps ?? []
}
