/**
 * `postern/plugin`: the only module that a plugin shares with the gateway.
 *
 * This folder is a leaf: it imports nothing of Postern's, because its text, types and digest travel with the
 * compiler image and into every plugin author's editor.
 */

export type { AnalyticsCall, AnalyticsPlugin, AnalyticsRecord } from './analytics.ts'
export type { ApiDefinition, PluginUse, VersionInfo } from './api-definition.ts'
export { ctx } from './ctx.ts'
export { type DefinedPlugin, definePlugin, type PluginOptions } from './define-plugin.ts'
export { type HeaderName, headers } from './headers.ts'
export { type KeyValue, kv } from './kv.ts'
export { type Log, log } from './log.ts'
export type { Plugin, PluginContext, PluginEnv, PluginVariables } from './plugin.ts'
export type { AccessDefinition, Session } from './session.ts'
