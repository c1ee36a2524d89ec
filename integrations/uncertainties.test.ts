import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startInProcess } from '../e2e/support/in-process.ts'
import { switchesSchema, type Switches as KommoSwitches } from '../emulators/kommo/switches.ts'
import { FAULTS } from '../emulators/radist/faults.ts'
import type { Switches as RadistSwitches } from '../emulators/radist/world.ts'

/**
 * What nobody could find out about Kommo and Radist is a switch in the emulators, and the product works with
 * it in either position. `docs/uncertainties.md` says of each what we do, and how to settle it.
 */
let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess()
})
afterAll(() => stack.stop())
const usual = switchesSchema.parse({})
afterEach(() => {
  stack.kommo.setSwitches(usual)
  Object.assign(stack.radist.world.switches, USUAL_RADIST)
})

const USUAL_RADIST: RadistSwitches = {
  slash: 'both',
  servedHost: null,
  webhooks: 'many',
  webhookList: 'named',
  connectionState: 'told',
  newChatBy: 'list',
  times: 'zoned',
  errorBody: 'json',
}
/** Leads whose people can be written to; persons 4, 11 and 12 have no phone that is one. */
const LEADS = Array.from({ length: 40 }, (_, index) => 2001 + index).filter(
  one => ![2004, 2011, 2012].includes(one),
)
let lead = 0
async function exitOfNewRun(): Promise<string> {
  lead = LEADS.shift() ?? 0
  const { log } = await stack.runBot({ version: 1, text: 'Hello [Contact.Name]' }, lead)
  return log.map(line => line.text).find(line => line.startsWith('Left')) ?? 'stuck'
}

describe('Kommo', () => {
  const sides: [Partial<KommoSwitches>][] = [
    [{ encoding: 'form' }],
    [{ encoding: 'json' }],
    [{ hookAlgorithm: 'HS512' }],
    [{ hookAlgorithm: 'HS256' }],
    [{ hookClientClaim: 'client_uuid' }],
    [{ hookClientClaim: 'client_uid' }],
    [{ entityType: 'number' }],
    [{ entityType: 'word' }],
    [{ botType: 'salesbot' }],
    [{ botType: 'marketingbot' }],
    [{ enumKey: 'enum_code' }],
    [{ enumKey: 'enum' }],
  ]
  it.each(sides)('with %o the message is delivered and the bot goes on', async switches => {
    stack.kommo.setSwitches(switches)
    expect(await exitOfNewRun()).toContain('Delivered')
  })

  it.each([[{ isHookRepeated: false }], [{ isHookRepeated: true }]])(
    'with %o there is one run, one message and one continue',
    async switches => {
      stack.kommo.setSwitches(switches)
      const before = stack.radist.world.sends.length
      expect(await exitOfNewRun()).toContain('Delivered')
      expect(stack.radist.world.sends.length).toBe(before + 1)
      const runs = await stack.services.database
        .selectFrom('runs')
        .select('id')
        .where('entity_id', '=', lead)
        .execute()
      expect(runs).toHaveLength(1)
    },
  )

  it('that has forgotten the bot by the time of its continue is not asked again', async () => {
    stack.kommo.setSwitches({ continueLifeSeconds: 0.001 })
    lead = LEADS.shift() ?? 0
    void stack.runBot({ version: 1, text: 'Hello' }, lead).catch(() => undefined)
    const row = () =>
      stack.services.database
        .selectFrom('runs')
        .selectAll()
        .where('entity_id', '=', lead)
        .executeTakeFirst()
    await expect.poll(async () => (await row())?.is_settled, { timeout: 20_000 }).toBe(1)
    expect((await row())?.state).toContain('"as":"gone"')
  })
})

describe('Radist', () => {
  const sides: [Partial<RadistSwitches>][] = [
    [{ slash: 'both' }],
    [{ slash: 'required' }],
    [{ slash: 'redirected' }],
    [{ times: 'zoned' }],
    [{ times: 'naive' }],
    [{ errorBody: 'json' }],
    [{ errorBody: 'html' }],
  ]
  it.each(sides)('with %o the cascade gets by a refusal and an unknown send', async switches => {
    Object.assign(stack.radist.world.switches, switches)
    const { faults } = stack.radist.world
    faults.once('chat_refused')
    expect(await exitOfNewRun()).toContain('Delivered')
    // Its outcome is found out by its echo, whose time must be read for that.
    faults.once('answer_cut_after_send')
    expect(await exitOfNewRun()).toContain('Delivered')
  })
})

describe('docs/uncertainties.md', () => {
  it('has every switch and every fault of the emulators', () => {
    const text = readFileSync(new URL('../docs/uncertainties.md', import.meta.url), 'utf8')
    const names = [...Object.keys(usual), ...Object.keys(USUAL_RADIST), ...FAULTS]
    expect(names.filter(name => !text.includes(`\`${name}\``))).toEqual([])
  })
})
