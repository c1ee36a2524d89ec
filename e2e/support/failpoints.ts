/** Where a process can be made to kill itself, by `FAILPOINT`. */
export const FAILPOINTS = [
  'hook: after its commit',
  'gather: before it is done',
  'gather: after it was done',
  'gathered: before its commit',
  'gathered: after its commit',
  'create_chat: before it is done',
  'create_chat: after it was done',
  'chat_created: before its commit',
  'send_part: after it was done',
  'part_accepted: before its commit',
  'part_accepted: after its commit',
  'receipt: before its commit',
  'receipt: after its commit',
  'continue_bot: before it is done',
  'continue_bot: after it was done',
  'continued: before its commit',
  'continued: after its commit',
  'write_note: before it is done',
]
/** Killed before its request left, an attempt is unknown until its wait and the grace are over. */
export const UNKNOWN_FAILPOINTS = ['chat_created: after its commit', 'send_part: before it is done']
