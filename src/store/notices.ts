/** Word to all gateways on one store. The form of a notice is the classic gateway's. */
export interface Notice {
  /** What happened: for instance `GroupReload`. */
  readonly command: string
  readonly payload: string
}

/** Asks every gateway to load its definitions anew. */
export const GROUP_RELOAD = 'GroupReload'

export interface Notices {
  /** Tells every gateway on this store, this one included. */
  publish(notice: Notice): Promise<void>

  /**
   * Calls `listener` with every notice; after a time in which some may have been missed, with `null`.
   *
   * @returns ends the calls
   */
  subscribe(listener: (notice: Notice | null) => void): () => void
}
