import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { serve } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { servePageFile } from '../shared/serve-folder.ts'
import { ACCOUNT_ID, KommoAccount, SUBDOMAIN } from './account.ts'
import type { ApiCall } from '../shared/call-log.ts'
import { kommoApi } from './api.ts'
import { BotStore, botSchema } from './bots.ts'
import {
  botsPage,
  dealPage,
  dealsPage,
  designerPage,
  widgetsPage,
  type PageState,
} from './pages.ts'
import { Runner } from './runner.ts'
import { KommoOAuthServer, TOKEN_FAULTS } from './oauth.ts'
import { switchesSchema, type Switches } from './switches.ts'
import { pageToken, type Integration } from './tokens.ts'
import { WidgetStore } from './widgets.ts'

const PAGE = path.join(import.meta.dirname, 'page')
const require = createRequire(import.meta.url)
/** What Kommo's own page brings, in the versions that it uses. */
const VENDOR: Readonly<Record<string, string>> = {
  'require.js': require.resolve('requirejs/require.js'),
  'jquery.js': require.resolve('jquery/dist/jquery.js'),
  'twigjs.js': require.resolve('twig/twig.js'),
}

/** The emulated Kommo: API, pages, widget loader, SalesBot editor and runner. */
export function createKommo(integration: Integration, url: () => string) {
  const account = new KommoAccount()
  const bots = new BotStore()
  const widgets = new WidgetStore()
  let switches = switchesSchema.parse({})
  const runner = new Runner(account, bots, integration, url, () => switches)
  const oauth = new KommoOAuthServer(integration, url, () => switches)
  const calls: ApiCall[] = []
  /** The switch for an account whose API answers 502 to everything. */
  const outage = { isOn: false }
  const app = new Hono()
  app.use('/api/v4/*', async (context, next) =>
    outage.isOn ? context.html('<h1>502 Bad Gateway</h1>', 502) : next(),
  )
  app.route(
    '/api/v4',
    kommoApi(account, runner, bots, calls, oauth, () => switches),
  )
  app.route(
    '/',
    oauth.routes(calls, user => (user === '505' ? 505 : 504)),
  )

  app.get('/frontend/js/:file', async context => {
    const file = VENDOR[context.req.param('file')]
    if (!file) return servePageFile(context, PAGE, context.req.param('file'))
    return context.body(readFileSync(file), 200, { 'content-type': 'text/javascript' })
  })
  app.get('/frontend/js/lib/components/base/:file', context =>
    servePageFile(context, PAGE, context.req.param('file')),
  )
  app.get('/frontend/css/:file', context => servePageFile(context, PAGE, context.req.param('file')))
  app.get('/tmpl/controls/:file', context =>
    servePageFile(context, path.join(PAGE, 'controls'), context.req.param('file')),
  )
  app.get('/tmpl/salesbot_designer/controls/:file', context =>
    servePageFile(context, path.join(PAGE, 'controls'), context.req.param('file')),
  )

  // The archive's files, under an address that changes with each version.
  app.get('/upl/:code/widget/*', context => {
    const name = context.req.path.split('/widget/')[1] ?? ''
    const bytes = widgets.widget?.files[name]
    if (!bytes) return context.notFound()
    const types: Record<string, string> = {
      js: 'text/javascript',
      json: 'application/json',
      png: 'image/png',
    }
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    return context.body(new Uint8Array(bytes), 200, { 'content-type': type })
  })
  app.post('/ajax/widgets/list', context => {
    const { widget } = widgets
    if (!widget) return context.json({ widgets: {}, system: {} })
    const base = `/upl/${widget.code}/widget`
    const { language, user } = personOf(context)
    const locale = widget.locales.includes(language) ? language : (widget.locales[0] ?? 'en')
    return context.json({
      widgets: {
        [widget.code]: {
          id: 12,
          src: `${base}/script.js`,
          lang: `${base}/i18n/${locale}.json`,
          path: base,
          images_path: `${base}/images`,
          settings: widget.settings,
          installed_version: widget.version,
          oauth_client_uuid: integration.clientId,
          active: widget.isActive ? 'Y' : 'N',
          init_once: 'N',
          status: widget.isActive ? 'installed' : 'install',
          support: {},
          name: 'Radist.Online',
          description: '',
          category_id: 1,
          salesbot_designer: widget.handlers,
        },
      },
      system: { amouser_id: user.id, subdomain: SUBDOMAIN, area: 'salesbot_designer' },
    })
  })
  app.post('/ajax/widgets/upload', async context => {
    const zip = new Uint8Array(await context.req.arrayBuffer())
    const faults = widgets.upload(zip)
    return faults.length > 0
      ? context.json({ faults }, 422)
      : context.json({ version: widgets.widget?.version })
  })
  app.post('/ajax/widgets/save', async context => {
    const { settings, active } = z
      .object({ settings: z.record(z.string(), z.string()), active: z.enum(['Y', 'N']) })
      .parse(await context.req.json())
    const { widget } = widgets
    if (!widget) return context.notFound()
    const wasActive = widget.isActive
    Object.assign(widget, { settings, isActive: active === 'Y' })
    // Kommo tells the integration of it by itself.
    const { user } = personOf(context)
    if (active === 'Y' && !wasActive) await oauth.announceInstall(user.id).catch(() => 0)
    if (active === 'N' && wasActive) await oauth.announceRemoval().catch(() => 0)
    return context.json({})
  })
  app.get('/ajax/v2/integrations/:client/disposable_token', async context => {
    if (context.req.param('client') !== integration.clientId) return context.notFound()
    return context.json({ token: await pageToken(integration, url(), personOf(context).user) })
  })
  app.post('/ajax/bots', async context => {
    const { name } = z.object({ name: z.string().min(1) }).parse(await context.req.json())
    return context.json(bots.create(name))
  })
  app.get('/ajax/bots/:id', context => {
    const bot = bots.get(Number(context.req.param('id')))
    return bot ? context.json(bot) : context.notFound()
  })
  app.put('/ajax/bots/:id', async context => {
    const parsed = botSchema.safeParse(await context.req.json())
    const fault = parsed.success ? bots.save(parsed.data) : z.prettifyError(parsed.error)
    return fault ? context.json({ fault }, 422) : context.json({})
  })
  app.post('/ajax/bots/:id/run', async context => {
    const { leadId } = z.object({ leadId: z.number() }).parse(await context.req.json())
    const run = runner.start(Number(context.req.param('id')), leadId)
    return run ? context.json(run) : context.json({ error: 'The bot has no steps' }, 422)
  })
  app.get('/ajax/log', context => context.json({ calls, runs: runner.runs, notes: account.notes }))
  app.post('/ajax/switches', async context => {
    setSwitches((await context.req.json()) as Partial<Switches>)
    return context.json(switches)
  })
  // What an administrator of the account may do to our access.
  app.post('/ajax/oauth', async context => {
    const { action } = z
      .object({ action: z.enum(['revoke', 'expire']) })
      .parse(await context.req.json())
    if (action === 'revoke') oauth.revokeAll()
    else oauth.expireAccess()
    return context.json({})
  })
  app.post('/ajax/oauth/faults', async context => {
    oauth.faults.push(...z.array(z.enum(TOKEN_FAULTS)).parse(await context.req.json()))
    return context.json({})
  })
  app.get('/appearance/:key/:value', context => {
    const { key, value } = context.req.param()
    if (!['theme', 'language', 'user'].includes(key)) return context.notFound()
    setCookie(context, key, value, { path: '/' })
    return context.redirect(context.req.header('referer') ?? '/')
  })

  const state = (context: Context): PageState => ({
    account,
    bots,
    runner,
    widgets,
    switches,
    ...personOf(context),
  })
  app.get('/', context => context.html(dealsPage(state(context))))
  app.get('/leads/:id', context =>
    context.html(dealPage(state(context), Number(context.req.param('id')))),
  )
  // Kommo's own pages have their entities there.
  app.get('/leads/detail/:id', context => context.redirect(`/leads/${context.req.param('id')}`))
  app.get('/contacts/detail/:id', context => context.redirect('/'))
  app.get('/bots', context => context.html(botsPage(state(context))))
  app.post('/bots', async context => {
    const { name } = await context.req.parseBody()
    return context.redirect(`/bots/${bots.create(String(name ?? 'Bot')).id}`)
  })
  app.post('/leads/:id/run', async context => {
    const { bot } = await context.req.parseBody()
    const id = Number(context.req.param('id'))
    runner.start(Number(bot), id)
    return context.redirect(`/leads/${id}`)
  })
  app.get('/bots/:id', context =>
    context.html(designerPage(state(context), Number(context.req.param('id')))),
  )
  app.get('/widgets', context => context.html(widgetsPage(state(context))))

  function setSwitches(change: Partial<Switches>): void {
    switches = switchesSchema.parse({ ...switches, ...change })
  }

  function personOf(context: Context) {
    const theme = getCookie(context, 'theme') === 'dark' ? 'dark' : 'light'
    const language = getCookie(context, 'language') ?? 'en'
    const [admin, other] = account.users
    const user = getCookie(context, 'user') === '505' && other ? other : admin
    if (!user) throw new Error('The account has no users')
    return { theme, language, user, accountId: ACCOUNT_ID } as const
  }
  return { app, account, bots, runner, widgets, calls, outage, oauth, setSwitches }
}

export async function startKommo(
  port: number,
  integration: Integration,
): Promise<ReturnType<typeof createKommo> & { url: string; stop: () => void }> {
  let url = ''
  const kommo = createKommo(integration, () => url)
  const { app } = kommo
  const server = await new Promise<ReturnType<typeof serve>>(resolve => {
    const listening = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () =>
      resolve(listening),
    )
  })
  const address = server.address()
  url = `http://localhost:${address && typeof address === 'object' ? address.port : port}`
  return { ...kommo, url, stop: () => server.close() }
}
