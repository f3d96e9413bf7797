import { failure } from '../errors.ts'
import { openSupervision } from '../supervisor/supervision.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'
import { serve } from './serve.ts'

/** `postern worker`: what `postern start` starts to serve. */
export const worker: Command = async (args, io) => {
  const { conf } = readOptions('worker', args, ['conf'])
  const supervision = openSupervision()
  if (!supervision) throw failure('worker_without_supervisor', undefined)
  return serve({ conf, io, supervision })
}
