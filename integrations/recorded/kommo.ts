/**
 * Bodies of Kommo's, as the reference has them (Kommo server side; the section stands beside each). They
 * are written down from the documentation and from what receivers reported, never from our emulator.
 */
export const KOMMO = {
  /** Section 3, `GET /leads/{id}?with=contacts`. */
  lead: {
    id: 391,
    name: 'Deal',
    price: 12,
    responsible_user_id: 504,
    group_id: 0,
    status_id: 143,
    pipeline_id: 310,
    created_at: 1_585_299_171,
    updated_at: 1_590_683_337,
    closed_at: null,
    is_deleted: false,
    custom_fields_values: null,
    account_id: 288,
    _links: { self: { href: 'https://sub.kommo.com/api/v4/leads/391' } },
    _embedded: {
      tags: [{ id: 1, name: 'x', color: null }],
      companies: [{ id: 9 }],
      contacts: [{ id: 109, is_main: true, _links: {} }],
    },
  },
  /** Section 3, a contact with its fields; some examples say `enum` for `enum_code`. */
  contact: {
    id: 109,
    name: 'Ann Lee',
    first_name: 'Ann',
    last_name: 'Lee',
    responsible_user_id: 504,
    custom_fields_values: [
      {
        field_id: 3,
        field_name: 'Phone',
        field_code: 'PHONE',
        field_type: 'multitext',
        values: [{ value: '+1 830 580-30-77', enum_id: 10, enum_code: 'MOB' }],
      },
    ],
    _embedded: { companies: [{ id: 9 }] },
  },
  contactWithOtherKey: {
    id: 109,
    name: 'Ann Lee',
    custom_fields_values: [
      { field_id: 3, field_code: 'PHONE', values: [{ value: '+18305803077', enum: 'WORK' }] },
    ],
  },
  /** Section 3, `GET /leads/custom_fields`. */
  customFields: {
    _total_items: 1,
    _page: 1,
    _page_count: 1,
    _links: { self: { href: 'https://sub.kommo.com/api/v4/leads/custom_fields?page=1' } },
    _embedded: {
      custom_fields: [
        {
          id: 4,
          name: 'Size',
          code: null,
          sort: 1,
          type: 'select',
          entity_type: 'leads',
          enums: [{ id: 1, value: 'S', sort: 1 }],
        },
      ],
    },
  },
  /** Section 3, users: for administrators alone. */
  users: {
    _embedded: { users: [{ id: 504, name: 'Ann', email: 'ann@example.com', lang: 'en' }] },
  },
  user: { id: 504, name: 'Ann', email: 'ann@example.com', lang: 'en' },
  /** Section 3, pipelines. */
  pipelines: {
    _embedded: {
      pipelines: [
        {
          id: 310,
          name: 'Sales',
          sort: 1,
          is_main: true,
          is_archive: false,
          _embedded: {
            statuses: [
              { id: 142, name: 'Won', sort: 1, type: 0, color: '#ccff66', pipeline_id: 310 },
            ],
          },
        },
      ],
    },
  },
  /** Section 3, account. */
  account: {
    id: 288,
    name: 'Sub',
    subdomain: 'sub',
    current_user_id: 504,
    country: 'US',
    contact_name_display_order: 1,
  },
  /** Section 6, the answer to a note. */
  notes: { _embedded: { notes: [{ id: 5, entity_id: 391, request_id: '0' }] } },
  /** Section 2, tokens and a refusal as seen in code comments and fixtures. */
  tokens: {
    token_type: 'Bearer',
    expires_in: 86_400,
    server_time: 1_760_000_000,
    access_token: 'xxxxxx',
    refresh_token: 'xxxxxx',
  },
  tokenRefusal: {
    hint: 'Authorization code has expired',
    title: 'Authorization code has expired',
    type: 'https://developers.amocrm.ru/v3/errors/OAuthProblemJson',
    status: 400,
    detail: 'Authorization code has expired',
  },
  subdomain: { id: 288, subdomain: 'sub', domain: 'sub.kommo.com', top_level_domain: 'com' },
  /** Section 3, a problem. */
  problem: { title: 'Unauthorized', type: 'https://httpstatus.es/401', status: 401, detail: 'x' },
} as const
