/** What `path` begins with where a definition names an upload. No file can be meant by it, and no file is replaced by an upload. */
const SCHEME = 'upload://'

/** A name that stays in its folder, in a URL and in a shell. */
const NAME = /^[A-Za-z0-9_][\w.-]{0,95}\.js$/

/** How definitions name an upload. */
export function uploadPath(name: string): string {
  return SCHEME + name
}

/** The name of the upload that a path means; `null` where it means a file. */
export function uploadIn(path: string): string | null {
  return path.startsWith(SCHEME) ? path.slice(SCHEME.length) : null
}

export function isUploadName(name: string): boolean {
  return NAME.test(name)
}

/** What is expected of a name, for messages. */
export const UPLOAD_NAME = 'letters, digits, "_", "-" and ".", 99 at most, that end in ".js" and do not begin with "-" or "."'
