import { failure } from '../../errors.ts'
import { entryNameProblem } from './entry-name.ts'

/**
 * Where a bundle is: its name behind the path of the base URL, whose query stays.
 *
 * @throws `bundle_base_url_missing`, `bundle_name_invalid`
 */
export function locateBundle(baseUrl: string, bundle: string): URL {
  const problem = entryNameProblem(bundle)
  if (problem !== null) throw failure('bundle_name_invalid', { bundle, found: problem })
  if (baseUrl === '') throw failure('bundle_base_url_missing', { bundle })
  const url = new URL(baseUrl)
  const name = bundle.split('/').map(encodeURIComponent).join('/')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}`
  return url
}

/** A URL fit to be shown: without user, password and query, which may hold keys. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`
}
