import * as z from 'zod'
import { catalogue, type ErrorCode, failure, isFailure, type PosternError } from '../../errors.ts'
import type { Answer, ResponseDoc } from './endpoint.ts'

/** What went wrong, or that nothing did. */
export const statusSchema = z.strictObject({
  status: z.enum(['ok', 'error']),
  message: z.string(),
  problems: z.array(z.string()).optional().describe('What is wrong, one by one'),
})

/** What was changed. */
export const changeSchema = z.strictObject({
  key: z.string().describe('The key, or the id'),
  status: z.literal('ok'),
  action: z.enum(['added', 'modified', 'deleted', 'updated']),
  key_hash: z.string().optional().describe('What the key is stored under, where keys are hashed'),
})

export type Change = z.infer<typeof changeSchema>

export function changed(change: Omit<Change, 'status'>): Answer {
  return { status: 200, body: { ...change, status: 'ok' } }
}

export function okAnswer(body: unknown): Answer {
  return { status: 200, body }
}

/** Status and text of the catalogue, and what is wrong in particular. */
export function errorAnswer(
  { status, client }: Pick<PosternError, 'status' | 'client'>,
  problems: readonly string[] = [],
): Answer {
  return { status, body: { status: 'error', message: client, ...(problems.length > 0 && { problems }) } }
}

/** An error of the catalogue that has no details. */
export function refusal(code: ErrorCode, problems: readonly string[] = []): Answer {
  return errorAnswer(failure(code, undefined as never), problems)
}

/** Anything that was thrown: its text where a client may have it. */
export function answerToError(error: unknown): Answer {
  const found = isFailure(error) ? error : failure('internal', { where: 'the admin API' }, error)
  return errorAnswer(found, found.problems)
}

export function changeDoc(description: string): ResponseDoc {
  return { description, schema: changeSchema }
}

/** The documented answer of an error of the catalogue, or of several with the same status. */
export function errorDoc(...codes: readonly ErrorCode[]): Readonly<Record<number, ResponseDoc>> {
  const entries = codes.map((code) => catalogue[code])
  const texts = entries.map(({ client }) => (typeof client === 'string' ? client : 'Internal Server Error'))
  return { [entries[0]?.status ?? 500]: { description: texts.join(' / '), schema: statusSchema } }
}
