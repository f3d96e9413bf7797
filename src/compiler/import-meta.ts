const prefix = '__postern_import_meta_'
const properties = ['url', 'dirname', 'filename', 'resolve']

/** Replacements that survive bundling where `import.meta` is really used, for the scan to find. A plugin is never the main module. */
export const importMetaMarkers: Record<string, string> = {
  ...Object.fromEntries(properties.map((name) => [`import.meta.${name}`, prefix + name])),
  'import.meta.main': 'false',
}

/** `import.meta.url` for the marker that stands for it; `undefined` for any other identifier. */
export function importMetaOf(identifier: string): string | undefined {
  return identifier.startsWith(prefix) ? `import.meta.${identifier.slice(prefix.length)}` : undefined
}
