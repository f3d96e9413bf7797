import * as z from 'zod'
import type { ErrorCode, PosternError } from '../../errors.ts'

export type Method = 'get' | 'post' | 'put' | 'delete'

/** What an endpoint may answer with one status. */
export interface ResponseDoc {
  readonly description: string
  /** What the JSON looks like. */
  readonly schema: z.ZodType
}

/** What an endpoint answers. */
export interface Answer {
  readonly status: number
  /** Becomes JSON. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A request, checked. */
export interface AdminRequest<Query = Readonly<Record<string, string | undefined>>, Body = unknown> {
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
}

/** How a body is read. */
export interface BodyRules<Body> {
  readonly schema: z.ZodType<Body>
  /** What a body that is no JSON, or not what the schema says, is answered with. */
  readonly malformed: ErrorCode
  /** Properties in which `null` is a value; elsewhere it stands for what is absent. Everywhere, unless given. */
  readonly nullsIn?: ReadonlySet<string>
}

/** How a body is read that is a file. */
export interface FileRules {
  readonly description: string
  /** In bytes. */
  readonly largest: number
  /** What a larger one is answered with. */
  tooLarge(): PosternError
}

/** One row of the table that routes, refusals of other methods and the OpenAPI document are made of. */
export interface Endpoint {
  readonly method: Method
  /** As OpenAPI writes it: `/tyk/keys/{id}`. */
  readonly path: string
  readonly summary: string
  /** What it belongs to. */
  readonly tag: string
  /** What the names in the path stand for. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: z.ZodObject
  readonly body?: BodyRules<unknown>
  /** In place of `body`: the request's is a `Buffer`. */
  readonly file?: FileRules
  /** By status, those apart that every endpoint has. */
  readonly responses: Readonly<Record<number, ResponseDoc>>
  handle(request: AdminRequest<never, never>): Answer | Promise<Answer>
}

/** A row before its types are forgotten. */
interface TypedEndpoint<Query extends z.ZodRawShape, Body> extends Omit<Endpoint, 'query' | 'body' | 'handle'> {
  readonly query?: z.ZodObject<Query>
  readonly body?: BodyRules<Body>
  handle(request: AdminRequest<z.infer<z.ZodObject<Query>>, Body>): Answer | Promise<Answer>
}

/** Types a row by its own query and body. */
export function endpoint<Query extends z.ZodRawShape, Body = undefined>(row: TypedEndpoint<Query, Body>): Endpoint {
  return row as unknown as Endpoint
}

/** A parameter that is on with `1` or `true`. */
export function flag(description: string) {
  return z.string().optional().describe(`${description}: \`1\` or \`true\``)
}

export function isOn(value: string | undefined): boolean {
  return value === '1' || value === 'true'
}

export const text = (description: string) => z.string().optional().describe(description)
