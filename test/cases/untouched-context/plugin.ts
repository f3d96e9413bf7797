import type { Plugin } from 'postern/plugin'

export const Answer: Plugin = () => new Response('from nowhere', { status: 201 })

export const AnswerLater: Plugin = async () => {
  await Promise.resolve()
  return new Response('from nowhere, later', { status: 202 })
}

export const AnswerBack: Plugin = () => new Response('on the way back', { status: 203 })
