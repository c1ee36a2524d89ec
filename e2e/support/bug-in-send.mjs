// Loaded by `NODE_OPTIONS=--import`: this process has a bug, which throws where a message is about to leave.
const stringify = JSON.stringify

JSON.stringify = (value, ...rest) => {
  if (value?.message_type !== undefined && value.chat_id !== undefined) throw new Error('a bug')
  return stringify(value, ...rest)
}
