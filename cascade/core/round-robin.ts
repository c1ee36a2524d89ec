/**
 * Rule "round robin": whoever's last turn is longest ago. Over a constant set the picks differ by at
 * most one, and a newcomer, which starts with the latest turn, has no backlog.
 */
export function nextInTurn<Candidate extends { connectionId: number; lastTurn: number }>(
  candidates: readonly Candidate[],
): Candidate | undefined {
  return candidates.toSorted(
    (a, b) => a.lastTurn - b.lastTurn || a.connectionId - b.connectionId,
  )[0]
}
