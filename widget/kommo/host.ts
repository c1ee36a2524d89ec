/** Kommo's page as a widget meets it (reference: widget SDK, sections 2 and 4). */
export type KommoWidget = {
  params: Record<string, unknown>
  get_settings(): Record<string, unknown>
  get_version(): unknown
  langs: Record<string, unknown>
  render(source: { ref: string }, parameters: Record<string, unknown>): string
  $authorizedAjax(options: JQueryAjaxSettings): {
    then(
      done: (body: unknown) => void,
      failed: (xhr: { status: number; responseText?: string }) => void,
    ): void
  }
}

type KommoModal = { destroy(): void }
export type KommoModalClass = new (options: {
  class_name: string
  init: ($body: JQuery) => void
  destroy: () => boolean | undefined
}) => KommoModal

export type DesignerParams = Record<string, unknown>
export type Exits = { exits: { code: string; title: string }[] }

/** The widget's texts as Kommo loaded them for this user's language. */
export type Texts = { [key: string]: string | Texts }

/** The React app of the Setup form and the cards. It is evaluated when it is first needed. */
export type WidgetApp = {
  mountCard(host: HTMLElement, props: CardProps): Mounted<CardProps>
  mountSetup(host: HTMLElement, props: SetupProps): Mounted<SetupProps>
  mountInstall(host: HTMLElement, props: InstallProps): Mounted<InstallProps>
}
export type Mounted<Props> = { update(props: Props): void; destroy(): void }

export type Shared = { language: string; texts: Texts; api: WidgetApi }
export type CardProps = Shared & { message: string }
export type InstallProps = Shared
export type SetupProps = Shared & {
  message: string
  onSave(message: string): void
  /** Closes without asking. */
  onClose(): void
  /** Closes, unless something would be lost: then the form is asked to ask back. */
  onLeave(): void
  /** The form tells whether closing would lose something. */
  onDirty(isDirty: boolean): void
  /** The modal's frame is to be centred anew. */
  onResize(): void
  /** Counts the attempts to close with unsaved changes: each asks the form to ask back. */
  closeAttempts: number
}

/** Our server, with Kommo's token. Each call answers with a value or one of the failures. */
export type WidgetApi = {
  serverUrl: string
  get<T>(path: string): Promise<ApiResult<T>>
  post<T>(path: string): Promise<ApiResult<T>>
  /** The page's token, for the upload's own requests. */
  token(): Promise<string | null>
  /** Takes back what is under way: nobody waits for it any more. */
  cancel(): void
}
export type ApiFailure = { code: string; message: string | null; status: number }
export type ApiResult<T> = { ok: true; value: T } | { ok: false; failure: ApiFailure }
