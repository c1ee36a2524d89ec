/**
 * Bodies of Radist's, as the reference has them (Radist and its peers, sections 1.2 and 1.3), from its own
 * pages and from public clients, never from our emulator.
 */
export const RADIST = {
  companies: { companies: [{ id: 1, name: 'Company' }] },
  connections: { connections: [{ id: 1, type: 'whatsapp' }] },
  sources: [{ connection_id: 1, type: 'whatsapp' }],
  chatCreated: { created_chat: true, created_contact: true, chat_id: 1001, contact_id: 2001 },
  chatsPage: {
    data: [
      {
        contact_id: 1,
        contact_name: 'Ann',
        avatar_url: null,
        is_group: false,
        unanswered_count: 0,
        last_chat_updated_at: '2026-03-01T10:00:00Z',
        chats: [
          {
            chat_id: 10,
            connection_id: 1,
            phone: '79000000000',
            source_chat_id: '79000000000',
            name: 'Ann',
            unanswered_count: 0,
            last_message: { created_at: '2026-03-01T10:00:00Z' },
          },
        ],
      },
    ],
    response_metadata: { next_cursor: 'abc' },
  },
  messageSent: { message_id: '0b7a3c1e-6a57-4d7c-9a1c-5f8a0c1b2d3e' },
  messages: [
    {
      message_id: '0b7a3c1e-6a57-4d7c-9a1c-5f8a0c1b2d3e',
      created_at: '2026-03-01T10:00:00.123456',
      direction: 'outbound',
      message_type: 'text',
      text: { text: 'Hello' },
    },
  ],
  webhookCreated: { id: 7, url: 'https://hook.example/' },
  messageWebhook: {
    event_type: 'messages.create',
    event: {
      connection_id: 80,
      chat_id: 40,
      contact_id: 32,
      chat: {
        phone: '79000000000',
        name: 'Ann',
        username: 'ann',
        profile_link: 'https://t.me/ann',
      },
      message: {
        message_id: '0b7a3c1e-6a57-4d7c-9a1c-5f8a0c1b2d3e',
        direction: 'inbound',
        message_type: 'text',
        created_at: '2026-03-01T10:00:00Z',
        text: { text: 'Hi' },
        source_message_id: null,
      },
    },
  },
} as const
