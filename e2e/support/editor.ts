import { expect, type Locator, type Page } from '@playwright/test'
import type { KommoLog } from './emulated.ts'
import type { Stack } from './stack.ts'
import { until } from './until.ts'

/** The SalesBot editor, used as a person uses it. */
export class Editor {
  readonly page: Page
  private readonly stack: Stack

  constructor(page: Page, stack: Stack) {
    this.page = page
    this.stack = stack
  }

  get card(): Locator {
    return this.page.getByRole('region', { name: '1. Radist.Online' })
  }

  get form(): Locator {
    return this.page.locator('.radist-cascade-setup')
  }

  /** Makes a bot and opens it in the editor. */
  async openNewBot(): Promise<number> {
    await this.page.goto(`${this.stack.kommoUrl}/bots`)
    await this.page.getByRole('button', { name: 'New bot' }).click()
    await this.page.waitForURL(/\/bots\/\d+$/u)
    return Number(this.page.url().split('/').at(-1))
  }

  async addStep(): Promise<void> {
    await this.page.getByRole('button', { name: 'Widgets' }).click()
    await this.page.getByRole('button', { name: 'Add', exact: true }).click()
  }

  async openSetup(): Promise<void> {
    await this.card.getByRole('button', { name: 'Setup' }).click()
    await expect(this.form.getByLabel('Message text')).toBeVisible()
  }

  async attach(file: string): Promise<void> {
    await this.form.locator('input[type=file]').setInputFiles(file)
  }

  async saveForm(): Promise<void> {
    await this.form.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(this.form).toHaveCount(0)
  }

  async saveBot(): Promise<void> {
    const save = this.page.locator('.js-sb-designer-save')
    await save.click()
    await expect(save).toBeDisabled()
  }

  /** A note after "Not delivered", so that one sees where the bot went on. */
  async addNoteAfterNotDelivered(): Promise<void> {
    await this.page.getByRole('button', { name: 'Add note to deal' }).click()
    await this.card.getByLabel('Not delivered: next step').selectOption({ label: '2. Note' })
  }

  /** A saved bot with one message, from the empty editor. */
  async makeBot(text: string, file?: string): Promise<number> {
    const bot = await this.openNewBot()
    await this.addStep()
    await this.openSetup()
    await this.form.getByLabel('Message text').fill(text)
    if (file) {
      await this.attach(file)
      await expect(this.form.getByText(/Sent as an? /u)).toBeVisible()
    }
    await this.saveForm()
    await this.addNoteAfterNotDelivered()
    await this.saveBot()
    return bot
  }

  /** Runs a bot for a deal and waits until it has finished. */
  async run(bot: number, leadId: number): Promise<KommoLog['runs'][number]> {
    const run = await this.startRun(bot, leadId)
    return this.finished(run)
  }

  async startRun(bot: number, leadId: number): Promise<number> {
    const url = `${this.stack.kommoUrl}/ajax/bots/${bot}/run`
    const run = (await (await this.stack.post(url, { leadId })).json()) as { id: number }
    return run.id
  }

  async finished(id: number): Promise<KommoLog['runs'][number]> {
    const find = async () => (await this.stack.kommoLog()).runs.find(run => run.id === id)
    await until(`bot run ${id}`, async () => (await find())?.state === 'finished')
    const run = await find()
    if (!run) throw new Error(`Bot run ${id} is gone`)
    return run
  }
}

export function exitOf(run: KommoLog['runs'][number]): string | undefined {
  return run.log.map(line => /^Left through “(.*)”$/u.exec(line.text)?.[1]).find(Boolean)
}
