/**
 * What can go wrong at Radist, by name: everything that is unknown of it or seen to happen (Radist and
 * its peers, section 1.5). Each can be asked for once, or left to chance with a seed.
 */
export const FAULTS = [
  /** 429, with and without the header that says when to come again. */
  'too_many_requests',
  'too_many_requests_retry_after',
  /** A number that is not registered: known when the chat is made, or only at delivery. */
  'chat_refused',
  'delivery_error',
  /** The chat is made, and the answer never comes. */
  'chat_answer_cut',
  'chat_server_error',
  'send_refused',
  /** 5xx: the message stayed, or it really left. */
  'server_error_before_send',
  'server_error_after_send',
  'answer_cut_after_send',
  /** Echo and receipt come before the answer to the send. */
  'answer_after_receipt',
  'no_echo',
  'no_receipt',
  'late_receipt',
  'read_before_delivered',
  /** The same webhook twice, and once more under a message id of its own. */
  'webhook_twice',
  'webhook_twice_new_id',
  /** The connection's login ends while its message is on the way. */
  'connection_logged_out',
  'connection_unpaid',
  'chat_blacklisted',
  'dialog_quota_exhausted',
  /** Reading the chats breaks off, and the place where it was is forgotten. */
  'chats_unavailable',
  'cursor_refused',
] as const
export type Fault = (typeof FAULTS)[number]

export class Faults {
  private readonly asked: Fault[] = []
  private chances = new Map<Fault, number>()
  private random = randomOf(0)

  /** The next request or message that it can strike has it. */
  once(fault: Fault): void {
    this.asked.push(fault)
  }

  /** From now on each strikes with its chance, 0 to 1; the same seed strikes the same way. */
  atRandom(seed: number, chances: Partial<Record<Fault, number>>): void {
    this.random = randomOf(seed)
    this.chances = new Map(
      FAULTS.flatMap(fault => (chances[fault] === undefined ? [] : [[fault, chances[fault]]])),
    )
  }

  strikes(fault: Fault): boolean {
    const index = this.asked.indexOf(fault)
    if (index !== -1) {
      this.asked.splice(index, 1)
      return true
    }
    const chance = this.chances.get(fault)
    return chance !== undefined && this.random() < chance
  }
}

/** Mulberry32: small, seeded, and even enough for choosing faults. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
