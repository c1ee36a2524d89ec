import { html, raw } from 'hono/html'
import type { KommoAccount } from './account.ts'
import type { BotStore } from './bots.ts'
import type { Runner } from './runner.ts'
import type { Switches } from './switches.ts'
import type { WidgetStore } from './widgets.ts'

/** The emulated account's pages. What a widget meets of Kommo is built in `page/`. */
export type PageState = {
  account: KommoAccount
  bots: BotStore
  runner: Runner
  widgets: WidgetStore
  theme: 'light' | 'dark'
  language: string
  accountId: number
  switches: Switches
  user: { id: number; name: string; isAdmin: boolean }
}
type Content = ReturnType<typeof html>

function shell(state: PageState, title: string, content: Content, script: string | null = null) {
  const boot = {
    user: { ...state.user, theme: state.theme },
    accountId: state.accountId,
    language: state.language,
    switches: state.switches,
  }
  const other = state.theme === 'dark' ? 'light' : 'dark'
  return html`<!doctype html>
    <html
      lang="${state.language}"
      data-color-scheme="${state.theme}"
      data-hostile="${state.switches.isHostile}"
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – emulated Kommo</title>
        <link rel="stylesheet" href="/frontend/css/kommo.css" />
        <link rel="stylesheet" href="/frontend/css/hostile.css" />
      </head>
      <body>
        <nav class="left-menu" aria-label="Kommo">
          <b>kommo</b>
          <a href="/">Deals</a>
          <a href="/bots">SalesBot</a>
          <a href="/widgets">Integrations</a>
          <span class="left-menu__switches">
            <a href="/appearance/theme/${other}">${other === 'dark' ? '☾ Dark' : '☀ Light'}</a>
            <span
              >${['en', 'es', 'pt', 'tr', 'id'].map(
                language => html`<a href="/appearance/language/${language}">${language}</a> `,
              )}</span
            >
            <a href="/appearance/user/${state.user.isAdmin ? 505 : 504}">${state.user.name}</a>
          </span>
        </nav>
        <div id="page_holder">${content}</div>
        <script>
          window.__BOOT__ = ${raw(JSON.stringify(boot).replaceAll('<', '\\u003c'))}
        </script>
        ${
          script &&
          html`<script src="/frontend/js/require.js"></script>
            <script src="/frontend/js/boot.js" data-page="${script}"></script>`
        }
      </body>
    </html>`
}

export function dealsPage(state: PageState) {
  const { account } = state
  const rows = account.leads.map(lead => {
    const contact = account.contactOfLead(lead.id)
    const phone = contact?.custom_fields_values.find(field => field.field_code === 'PHONE')
    return html`<tr>
      <td><a href="/leads/${lead.id}">${lead.name}</a></td>
      <td dir="auto">${contact?.name ?? '–'}</td>
      <td dir="ltr">${String(phone?.values[0]?.value ?? '–')}</td>
      <td class="number">€ ${lead.price}</td>
    </tr>`
  })
  return shell(
    state,
    'Deals',
    html`<main class="page">
      <h1>Deals</h1>
      <table class="list">
        <thead>
          <tr>
            <th>Deal</th>
            <th>Contact</th>
            <th>Phone</th>
            <th class="number">Price</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </main>`,
  )
}

export function dealPage(state: PageState, id: number) {
  const lead = state.account.lead(id)
  const contact = state.account.contactOfLead(id)
  const runs = state.runner.runs.filter(run => run.leadId === id).toReversed()
  const notes = state.account.notes
    .filter(note => note.entityId === id && note.entityType === 'leads')
    .toReversed()
  return shell(
    state,
    lead?.name ?? 'Deal',
    html`<main class="page" id="deal" data-lead="${id}">
      <h1>${lead?.name ?? 'No such deal'}</h1>
      <p class="mute" dir="auto">${contact?.name ?? 'No contact'}</p>
      <form method="post" action="/leads/${id}/run" class="inline">
        <label
          >SalesBot
          <select name="bot">
            ${state.bots.list().map(bot => html`<option value="${bot.id}">${bot.name}</option>`)}
          </select></label
        >
        <button class="button-input button-input_blue" type="submit">
          <span class="button-input-inner"><span class="button-input-inner__text">Run</span></span>
        </button>
      </form>
      <div class="columns">
        <section aria-label="Bot runs">
          <h2>Bot runs</h2>
          ${runs.map(
            run =>
              html`<article class="feed-item" data-state="${run.state}">
                <b>#${run.id} ${run.state}</b>
                <ol>
                  ${run.log.map(line => html`<li><time>${line.at.slice(11, 19)}</time> ${line.text}</li>`)}
                </ol>
              </article>`,
          )}
        </section>
        <section aria-label="Feed">
          <h2>Feed</h2>
          ${notes.map(
            note =>
              html`<article class="feed-item">
                <small>${note.type}</small>
                <pre>${note.text}</pre>
              </article>`,
          )}
        </section>
      </div>
    </main>`,
    'deal',
  )
}

export function botsPage(state: PageState) {
  return shell(
    state,
    'SalesBot',
    html`<main class="page">
      <h1>SalesBot</h1>
      <ul class="bots">
        ${state.bots.list().map(bot => html`<li><a href="/bots/${bot.id}">${bot.name}</a></li>`)}
      </ul>
      <form method="post" action="/bots" class="inline">
        <label
          >Name <input class="text-input" name="name" value="Ready for pickup" required
        /></label>
        <button class="button-input button-input_blue" type="submit">
          <span class="button-input-inner"
            ><span class="button-input-inner__text">New bot</span></span
          >
        </button>
      </form>
    </main>`,
  )
}

export function designerPage(state: PageState, id: number) {
  return shell(
    state,
    'SalesBot editor',
    html`<main id="designer" data-bot="${id}">
      <noscript>The editor needs JavaScript.</noscript>
    </main>`,
    'designer',
  )
}

export function widgetsPage(state: PageState) {
  const { widget } = state.widgets
  return shell(
    state,
    'Integrations',
    html`<main class="page">
      <h1>Integrations</h1>
      <form id="upload-widget" class="inline">
        <label>Archive <input type="file" name="zip" accept=".zip" required /></label>
        <button class="button-input" type="submit">
          <span class="button-input-inner"
            ><span class="button-input-inner__text">Upload</span></span
          >
        </button>
      </form>
      <ul class="faults" id="faults" role="alert"></ul>
      ${
        widget &&
        html`<article class="widget-card">
          <img
            src="/upl/${widget.code}/widget/images/logo_main.png"
            width="200"
            height="136"
            alt=""
          />
          <div>
            <h2>Radist.Online</h2>
            <p class="mute">
              Version ${widget.version} · ${widget.isActive ? 'installed' : 'not installed'}
            </p>
            <button class="button-input" id="open-widget" data-code="${widget.code}" disabled>
              <span class="button-input-inner"
                ><span class="button-input-inner__text"
                  >${widget.isActive ? 'Settings' : 'Install'}</span
                ></span
              >
            </button>
          </div>
        </article>`
      }
    </main>`,
    'integrations',
  )
}
