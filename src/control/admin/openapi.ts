import * as z from 'zod'
import { errorDoc } from './answers.ts'
import { type Endpoint, endpoint, type ResponseDoc } from './endpoint.ts'
import { HEADER } from './require-secret.ts'
import { SECURED } from './router.ts'

/** What every endpoint that needs the secret may answer. */
const ALWAYS = { ...errorDoc('admin_key_invalid') }
/** The same of every endpoint that takes JSON. */
const WITH_BODY = { ...errorDoc('admin_body_too_large') }

/** The endpoint that tells of them all, itself included. */
export function openApiEndpoint(others: readonly Endpoint[], version: string): Endpoint {
  let document: object | undefined
  const own: Endpoint = endpoint({
    method: 'get',
    path: '/tyk/openapi.json',
    summary: 'Describe all of this in OpenAPI 3.1',
    tag: 'status',
    responses: {
      200: {
        description: 'The document',
        schema: z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }),
      },
    },
    handle() {
      // Made for whom asks first: most gateways are never asked, and a start need not wait for it.
      document ??= openApiDocument([...others, own], version)
      return { status: 200, body: document }
    },
  })
  return own
}

/** The OpenAPI document of a table of endpoints. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const each of endpoints) {
    paths[each.path] = { ...paths[each.path], [each.method]: operation(each) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'The admin API of Postern', version },
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    components: { securitySchemes: { secret: { type: 'apiKey', in: 'header', name: HEADER } } },
    paths,
  }
}

function operation(each: Endpoint): object {
  const { method, path, summary, tag, body, file, responses } = each
  const isSecured = path.startsWith(SECURED)
  return {
    operationId: operationId(method, path),
    summary,
    tags: [tag],
    parameters: [...pathParameters(each), ...queryParameters(each)],
    ...(body && { requestBody: { required: true, content: contentOf(body.schema, 'input') } }),
    ...(file && { requestBody: { required: true, description: file.description, content: { 'application/octet-stream': {} } } }),
    responses: { ...documented(responses), ...(body && documented(WITH_BODY)), ...(isSecured && documented(ALWAYS)) },
    security: isSecured ? [{ secret: [] }] : [],
  }
}

/** `get /tyk/keys/{id}` is `getTykKeysById`. */
function operationId(method: string, path: string): string {
  const words = path.replaceAll('.', '/').split('/').filter(Boolean)
  return method + words.map((word) => capital(word.replace(/^\{(\w+)\}$/, (_, name: string) => `by${capital(name)}`))).join('')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function pathParameters({ params = {} }: Endpoint): object[] {
  return Object.entries(params).map(([name, description]) => {
    return { name, in: 'path', required: true, description, schema: { type: 'string' } }
  })
}

function queryParameters({ query }: Endpoint): object[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description } = schema as z.ZodType
    return { name, in: 'query', ...(description !== undefined && { description }), schema: { type: 'string' } }
  })
}

function documented(responses: Readonly<Record<number, ResponseDoc>>): object {
  const entries = Object.entries(responses).map(([status, { description, schema }]) => {
    return [status, { description, content: contentOf(schema, 'output') }]
  })
  return Object.fromEntries(entries)
}

function contentOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io })
  return { 'application/json': { schema: json } }
}
