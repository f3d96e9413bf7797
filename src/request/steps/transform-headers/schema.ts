import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

const names = z.array(z.string()).default([])
/** Values may hold `$tyk_context`, `$tyk_meta` and `$secret` variables. */
const values = z.record(z.string(), z.string()).default({})

export const requestFields = {
  /** Request headers to set, by name. Default none. */
  global_headers: values,
  /** Request headers to take away, before any is set. Default none. */
  global_headers_remove: names,
  /** Whether the two above are left alone. Default false. */
  global_headers_disabled: z.boolean().default(false),
}

export const responseFields = {
  /** Response headers to set, by name. Default none. */
  global_response_headers: values,
  /** Response headers to take away, before any is set. Default none. */
  global_response_headers_remove: names,
  /** Whether the two above are left alone. Default false. */
  global_response_headers_disabled: z.boolean().default(false),
}

/** An entry of `transform_headers` or `transform_response_headers`. */
export const headersEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** Headers to take away, before any is set. Default none. */
  delete_headers: names,
  /** Headers to set, by name. Default none. */
  add_headers: values,
  /** Of no effect: the section says whether the request or the response is meant. Default false. */
  act_on: z.boolean().default(false),
})

/** Read by the proxy as well. */
export const proxyFields = { preserve_host_header: z.boolean().default(false) }
