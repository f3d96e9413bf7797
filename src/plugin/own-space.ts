/** What the names of the gateway's own key-value spaces begin with. No package is named so: a package's name has no spaces. */
const OWN = 'postern '

/** Where the gateway keeps what is uploaded. */
export const UPLOAD_SPACE = `${OWN}uploads`

/** Whether a space is the gateway's own, which no plugin may get at, whatever its stamp says that it is called. */
export function isOwnSpace(namespace: string): boolean {
  return namespace.startsWith(OWN)
}
