import type { CascadeChange, MessengerView } from '../../contracts/cascade.ts'

/** The whole cascade as an admin saves it, with the version that it was made from. */
export function toCascadeChange(
  version: number,
  messengers: readonly MessengerView[],
): CascadeChange {
  return {
    version,
    messengers: messengers.map(({ type, isOn, waitSeconds, success, connections }) => ({
      type,
      isOn,
      waitSeconds,
      success,
      tickedConnectionIds: connections
        .filter(connection => connection.ticked)
        .map(connection => connection.connectionId),
    })),
  }
}
