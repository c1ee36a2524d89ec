import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { until } from '../../e2e/support/until.ts'
import { ACCOUNT_ID } from '../../emulators/kommo/account.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
let secret: string
beforeAll(async () => {
  stack = await startInProcess()
  const account = await stack.services.accounts.find(stack.services.database, ACCOUNT_ID)
  secret = account?.radistSecret ?? ''
})
afterAll(() => stack.stop())

const receipt = (messageId: string, status = 'delivered') => ({
  event_type: `messages.delivery.${status}`,
  event: { connection_id: 1, chat_id: 1, message: { message_id: messageId } },
})
const post = (body: unknown, to = secret) =>
  fetch(`${stack.url}/hooks/radist/${to}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const receiptsOf = (messageId: string) =>
  stack.services.database
    .selectFrom('receipts')
    .selectAll()
    .where('message_id', '=', messageId)
    .execute()
const runOf = (leadId: number) =>
  stack.services.database
    .selectFrom('runs')
    .selectAll()
    .where('entity_id', '=', leadId)
    .executeTakeFirst()
const hello = (text = 'Hello') => ({ version: 1, text })
let lastLead = 2012
/** A deal whose contact has no chat yet. */
function freshLead(): number {
  lastLead += lastLead === 2019 ? 2 : 1
  return lastLead
}
async function exitOf(leadId: number, text?: string): Promise<string> {
  const run = await stack.runBot(hello(text), leadId)
  return run.log.map(line => line.text).join()
}

describe('Radist’s webhooks', () => {
  it('S9 of a message that nobody knows are kept, and harm nobody', async () => {
    for (const status of ['delivered', 'delivered', 'error']) {
      expect((await post(receipt('unknown-message', status))).status).toBe(200)
    }
    const rows = await receiptsOf('unknown-message')
    expect(rows.map(row => row.status)).toEqual(['delivered', 'error'])
  })

  it('S9 that come before their send’s answer are matched when it comes', async () => {
    stack.radist.world.faults.once('no_echo')
    stack.radist.world.faults.once('answer_after_receipt')
    expect(await exitOf(2020)).toContain('Left through “Delivered”')
    const [send, ...others] = stack.radist.world.sends
    expect(others).toEqual([])
    const [row] = await receiptsOf(send?.messageId ?? '')
    expect(row?.matched_run_id).toBe((await runOf(2020))?.id)
  })

  it('T4 name no other account’s runs: the secret says whose they are', async () => {
    stack.radist.world.reactions.set('3:whatsapp', 'silent')
    const bot = stack.runBot(hello(), 2003)
    await until('the send', async () => (await runOf(2003))?.phase === 'waiting')
    const messageId = stack.radist.world.sends.at(-1)?.messageId ?? ''
    const { accounts, database } = stack.services
    const stranger = { id: 5, subdomain: 'stranger', kommoToken: 't', radist: null }
    await accounts.save(database, stranger, Date.now())
    const foreign = (await accounts.find(database, 5))?.radistSecret
    expect((await post(receipt(messageId), foreign)).status).toBe(200)
    const rows = await receiptsOf(messageId)
    expect(rows.map(row => [row.account_id, row.matched_run_id])).toEqual([[5, null]])
    await accounts.remove(database, 5)
    await bot
  })

  it('of a kind that nobody knows are counted, with their shape and without what they say', async () => {
    const strange = (text: string) =>
      post({ event_type: 'messages.delivery.pending', event: { secret: text, list: [{ a: 1 }] } })
    await strange('José')
    await strange('Ana')
    await post(['not', 'an', 'event'])
    const rows = await stack.services.database.selectFrom('unknown_events').selectAll().execute()
    expect(rows.map(row => [row.name, row.count]).toSorted()).toEqual([
      ['(unreadable)', 1],
      ['messages.delivery.pending', 2],
    ])
    const shape = rows.find(row => row.count === 2)?.shape ?? ''
    expect(JSON.parse(shape)).toEqual({
      event_type: 'string',
      event: { secret: 'string', list: [{ a: 'number' }] },
    })
  })

  it('K6 a thousand at once: each is stored before its answer, none is lost', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `burst-${index}`)
    const seen = await Promise.all(
      ids.map(async id => {
        const answer = await post(receipt(id))
        return [answer.status, (await receiptsOf(id)).length]
      }),
    )
    expect(seen.every(([status, rows]) => status === 200 && rows === 1)).toBe(true)
  })

  it('need their secret, and must be Radist’s', async () => {
    expect((await post(receipt('x'), 'nonsense')).status).toBe(404)
    expect((await post({ hello: 'world' })).status).toBe(400)
    expect((await post(null)).status).toBe(400)
    expect((await post({ event_type: 'messages.strange', event: {} })).status).toBe(200)
  })
})

describe('whatever fails at Radist', () => {
  /** Faults of connections last; the next test begins with all of them well. */
  afterEach(async () => {
    for (const connection of stack.radist.world.connections) {
      if (connection.type !== 'waba') connection.state = 'in_subscription'
      delete connection.newDialogsLeft
    }
    const well = { resting_until: null, rests: 0, state: 'in_subscription' }
    await stack.services.database
      .updateTable('connections')
      .set(well)
      .where('messenger', '!=', 'waba')
      .execute()
  })

  it.each([
    ['too_many_requests', 1],
    ['too_many_requests_retry_after', 1],
    ['chat_refused', 1],
    ['chat_answer_cut', 1],
    ['chat_server_error', 1],
    ['send_refused', 2],
    ['server_error_before_send', 2],
    ['server_error_after_send', 1],
    ['answer_cut_after_send', 1],
    ['delivery_error', 2],
    ['no_receipt', 2],
    ['webhook_twice', 1],
    ['webhook_twice_new_id', 1],
    ['read_before_delivered', 1],
    ['chat_blacklisted', 2],
  ] as const)('%s: delivered after %i sends, never two into a chat', async (fault, sends) => {
    const before = stack.radist.world.sends.length
    stack.radist.world.faults.once(fault)
    expect(await exitOf(freshLead(), fault)).toContain('Left through “Delivered”')
    const made = stack.radist.world.sends.slice(before)
    expect(made).toHaveLength(sends)
    expect(new Set(made.map(send => send.chatId)).size).toBe(sends)
  })

  it('late_receipt: what comes after the end is kept as late', async () => {
    const lead = freshLead()
    stack.radist.world.lateMs = 3500
    stack.radist.world.faults.once('late_receipt')
    expect(await exitOf(lead)).toContain('Left through “Delivered”')
    const { id = '' } = (await runOf(lead)) ?? {}
    await until('the late receipt', async () => {
      const rows = await stack.services.database
        .selectFrom('run_history')
        .select('entry')
        .where('run_id', '=', id)
        .execute()
      return rows.some(row => row.entry.includes('"late"'))
    })
  })

  it.each(['connection_unpaid', 'connection_logged_out', 'dialog_quota_exhausted'] as const)(
    '%s: another connection or messenger delivers',
    async fault => {
      stack.radist.world.faults.once(fault)
      expect(await exitOf(freshLead())).toContain('Left through “Delivered”')
    },
  )

  it.each(['required', 'redirected'] as const)('slashes are %s', async slash => {
    stack.radist.world.switches.slash = slash
    expect(await exitOf(freshLead())).toContain('Left through “Delivered”')
    stack.radist.world.switches.slash = 'both'
  })

  it('the account lives on the twin host: the run says so, and the twin works', async () => {
    const { database } = stack.services
    const { switches } = stack.radist.world
    const { port } = new URL(stack.radist.url)
    switches.servedHost = `127.0.0.1:${port}`
    expect(await exitOf(freshLead())).toContain('Left through “Not delivered”')
    const url = `http://127.0.0.1:${port}/v2`
    await database.updateTable('accounts').set({ radist_url: url }).execute()
    expect(await exitOf(freshLead())).toContain('Left through “Delivered”')
    switches.servedHost = null
    await database.updateTable('accounts').set({ radist_url: null }).execute()
  })
})
