/** Every error that our API answers with, and its HTTP status. The message says what to do. */
export const API_ERRORS = {
  invalid_request: { status: 400, message: 'The request is not valid.' },
  invalid_return_url: {
    status: 400,
    message: 'return_url must be the continue address of a bot of this account.',
  },
  unsupported_entity: {
    status: 400,
    message: 'Only bots of deals and contacts can send messages.',
  },
  token_reused: {
    status: 400,
    message: 'This token came with another return_url before. Each hook brings its own token.',
  },
  unauthorized: {
    status: 401,
    message: 'The token is missing, expired or not valid. Reload the page and try again.',
  },
  signed_out: { status: 401, message: 'You are signed out. Open the settings from Kommo again.' },
  other_account: {
    status: 401,
    message: 'Another account was signed in with this browser meanwhile. Reload the page.',
  },
  forbidden: { status: 403, message: 'Only an administrator of the account may do this.' },
  foreign_origin: { status: 403, message: 'This request came from a page of another site.' },
  not_found: { status: 404, message: 'There is nothing at this address.' },
  conflict: {
    status: 409,
    message: 'Somebody else changed the cascade meanwhile. Look at the new state and try again.',
  },
  run_not_ended: {
    status: 409,
    message: 'This run has not ended: it may still deliver. Send again when it has.',
  },
  message_erased: {
    status: 410,
    message: 'The text of this message was erased, so it cannot be sent again.',
  },
  file_not_ready: {
    status: 409,
    message: 'The file is not ready: its upload or its virus scan has not ended.',
  },
  radist_key_needed: {
    status: 400,
    message: 'Give Radist’s key: it is kept for the host that it was given for alone.',
  },
  radist_host_not_allowed: {
    status: 400,
    message: 'Radist’s host must be radist.online or below it, over https.',
  },
  radist_key_refused: {
    status: 400,
    message: 'Radist refuses this key. Copy it anew from Radist.Online’s settings.',
  },
  radist_company_not_found: {
    status: 400,
    message: 'Radist knows no such company at this host. Check the number, or try the other host.',
  },
  kommo_token_refused: {
    status: 400,
    message: 'Kommo refuses this token, or it is another account’s. Make a new long-lived token.',
  },
  kommo_not_admin: {
    status: 400,
    message: 'Whoever gave this is no administrator of the account. Let an administrator do it.',
  },
  kommo_host_refused: {
    status: 400,
    message: 'The installation came from an address that is not Kommo’s. Nothing was sent there.',
  },
  oauth_state_refused: {
    status: 400,
    message: 'This link was used already, or is older than 20 minutes. Connect Kommo once more.',
  },
  oauth_code_refused: {
    status: 400,
    message: 'Kommo does not accept the code: it is good once, for 20 minutes. Connect once more.',
  },
  oauth_denied: { status: 400, message: 'Kommo says that access was not granted.' },
  other_kommo_account: {
    status: 400,
    message: 'Access was granted to another Kommo account. Sign in to the right one and try again.',
  },
  too_large: { status: 413, message: 'The file is larger than 100 MB.' },
  quota_exceeded: {
    status: 413,
    message: 'The storage of this account is full. Delete files that no bot uses any more.',
  },
  too_many_uploads: {
    status: 429,
    message: 'Too many uploads of this account are under way. Try again when some have ended.',
  },
  unavailable: {
    status: 503,
    message: 'The service is busy, or its disk is full. Try again in a minute.',
  },
  radist_unavailable: { status: 503, message: 'Radist does not answer. Try again in a minute.' },
  kommo_unavailable: { status: 503, message: 'Kommo does not answer. Try again in a minute.' },
  internal: { status: 500, message: 'Something went wrong on our side. Try again in a minute.' },
} as const

export type ApiErrorCode = keyof typeof API_ERRORS
export type ApiErrorBody = { error: { code: ApiErrorCode; message: string } }

export function errorBody(code: ApiErrorCode, detail?: string): ApiErrorBody {
  const { message } = API_ERRORS[code]
  return { error: { code, message: detail ? `${message} ${detail}` : message } }
}
