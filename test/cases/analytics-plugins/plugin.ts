import type { AnalyticsPlugin } from 'postern/plugin'

export const Mark: AnalyticsPlugin<{ mark?: string }> = (record, { config, log }) => {
  record.Tags.push(config.mark ?? 'marked')
  record.Path = record.Path.toUpperCase()
  record.Extra = { of: ['the plugin'] }
  log.info('marked a record')
}

export const Drop: AnalyticsPlugin = (record) => {
  if (record.RawPath.endsWith('/drop')) return false
}

export const DropLater: AnalyticsPlugin = async (record) => {
  await Promise.resolve()
  if (record.RawPath.endsWith('/drop-later')) return false
  record.Tags.push('later')
}

export const Fail: AnalyticsPlugin = (record) => {
  record.Tags.push('half done')
  if (record.RawPath.endsWith('/throw')) throw new Error('the plugin threw')
  if (record.RawPath.endsWith('/wrong-type')) (record as { ResponseCode: unknown }).ResponseCode = 'many'
  if (record.RawPath.endsWith('/circle')) record.Circle = { record }
  if (record.RawPath.endsWith('/returns')) return 'text' as never
}

export const Hang: AnalyticsPlugin = () => new Promise(() => {})
