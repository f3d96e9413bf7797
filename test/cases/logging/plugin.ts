import { log, type Plugin } from 'postern/plugin'

const logger = log.get()
logger.info('said while loading')

export const Speak: Plugin = (c) => {
  logger.info({ colour: 'green' }, 'said by log.get()')
  c.var.log.warn('said by c.var.log')
  console.log('said by console.log to %s', 'anybody', { size: 3 })
  console.error('said by console.error')
}
